/* Kernel modules loaded and removed. Its own object: kernels built without modules lack these tracepoints. */
#include "emit.h"

static __always_inline int report(struct module *module, u32 unload)
{
	struct module_record record = {};
	fill(&record.record, RECORD_MODULE);
	record.unload = unload;
	record.taints = BPF_CORE_READ(module, taints);
	bpf_probe_read_kernel_str(record.module_name, sizeof(record.module_name), &module->name);
	emit(&record, sizeof(record), RECORD_MODULE);
	return 0;
}

SEC("tp_btf/module_load")
int BPF_PROG(module_load, struct module *module)
{
	return report(module, 0);
}

SEC("tp_btf/module_free")
int BPF_PROG(module_free, struct module *module)
{
	return report(module, 1);
}
