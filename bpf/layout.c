/* Never loaded: a test compiles it to read the layout of wire.h from its type information. */
#include "kernel.h"
#include "wire.h"

struct {
	struct exec_record exec;
	struct fork_record fork;
	struct exit_record exit;
	struct file_record file;
	struct pair_record pair;
	struct network_record network;
	struct dns_record dns;
	struct privilege_record privilege;
	struct memory_file_record memory_file;
	struct access_record access;
	struct module_record module;
	struct outcome_record outcome_record;
	struct watch_step step;
	struct watch_node node;
	struct path_call path_call;
	enum record_type type;
	enum record_flag flag;
	enum counter_outcome outcome;
	enum pulse pulse;
	enum file_operation file_operation;
	enum network_operation network_operation;
	enum privilege_operation privilege_operation;
} layout;
