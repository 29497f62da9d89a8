/* Changes files in the directory given, all through one io_uring; `poll` as second argument lets a thread of the kernel submit.
 * Prints the results in order, one a line. Compiled by the test. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct io_uring_params parameters;
static int ring;
static char *queues;
static struct io_uring_sqe *requests;

static unsigned *at(unsigned offset) { return (unsigned *)(queues + offset); }

static int submit(struct io_uring_sqe request)
{
	unsigned tail = *at(parameters.sq_off.tail), head = *at(parameters.cq_off.head);
	unsigned slot = tail & *at(parameters.sq_off.ring_mask);
	requests[slot] = request;
	at(parameters.sq_off.array)[slot] = slot;
	__atomic_store_n(at(parameters.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
	int quiet = request.flags & IOSQE_CQE_SKIP_SUCCESS;
	unsigned flags = (quiet ? 0 : IORING_ENTER_GETEVENTS) |
			 (parameters.flags & IORING_SETUP_SQPOLL ? IORING_ENTER_SQ_WAKEUP : 0);
	syscall(SYS_io_uring_enter, ring, 1, quiet ? 0 : 1, flags, 0, 0);
	if (quiet) {
		usleep(200000);
		return 0;
	}
	while (__atomic_load_n(at(parameters.cq_off.tail), __ATOMIC_ACQUIRE) == head)
		usleep(1000);
	struct io_uring_cqe *completions = (void *)(queues + parameters.cq_off.cqes);
	int result = completions[head & *at(parameters.cq_off.ring_mask)].res;
	__atomic_store_n(at(parameters.cq_off.head), head + 1, __ATOMIC_RELEASE);
	return result;
}

static void say(const char *what, int result)
{
	printf("%s %d\n", what, result);
}

static struct io_uring_sqe names(int operation, const char *first, const char *second)
{
	struct io_uring_sqe request = {.opcode = operation, .fd = AT_FDCWD, .addr = (unsigned long)first};
	if (second) {
		request.off = (unsigned long)second;
		request.len = (unsigned)AT_FDCWD;
	}
	return request;
}

static struct io_uring_sqe open_request(const char *path, int flags)
{
	struct io_uring_sqe request = names(IORING_OP_OPENAT, path, 0);
	request.open_flags = flags;
	request.len = 0644;
	return request;
}

int main(int count, char **arguments)
{
	if (count > 2)
		parameters.flags = IORING_SETUP_SQPOLL, parameters.sq_thread_idle = 2000;
	if (chdir(arguments[1]) || (ring = syscall(SYS_io_uring_setup, 8, &parameters)) < 0)
		return 77;
	queues = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	requests = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	struct io_uring_rsrc_register table = {.nr = 4, .flags = IORING_RSRC_REGISTER_SPARSE};
	syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES2, &table, sizeof(table));

	int made = submit(open_request("made", O_WRONLY | O_CREAT));
	say("open", made);
	struct io_uring_sqe direct = open_request("direct", O_WRONLY | O_CREAT);
	direct.file_index = IORING_FILE_INDEX_ALLOC;
	say("direct", submit(direct));
	struct io_uring_sqe quiet = open_request("quiet", O_WRONLY | O_CREAT);
	quiet.flags = IOSQE_CQE_SKIP_SUCCESS;
	say("quiet", submit(quiet));
	say("reading", submit(open_request("there", O_RDONLY)));
	say("missing", submit(open_request("not-there", O_WRONLY)));

	struct io_uring_sqe attribute = {.opcode = IORING_OP_FSETXATTR, .fd = made, .addr = (unsigned long)"user.mark",
					 .addr2 = (unsigned long)"x", .len = 1};
	say("attribute", submit(attribute));
	attribute.opcode = IORING_OP_SETXATTR;
	attribute.addr = (unsigned long)"user.named";
	attribute.addr3 = (unsigned long)"made";
	say("attribute", submit(attribute));
	say("rename", submit(names(IORING_OP_RENAMEAT, "made", "moved")));
	say("link", submit(names(IORING_OP_LINKAT, "moved", "hard")));
	struct io_uring_sqe symbolic = names(IORING_OP_SYMLINKAT, "/etc/shadow", "soft");
	symbolic.len = 0;
	say("symlink", submit(symbolic));
	say("unlink", submit(names(IORING_OP_UNLINKAT, "moved", 0)));
	say("unlink", submit(names(IORING_OP_UNLINKAT, "never-there", 0)));
	say("rename", submit(names(IORING_OP_RENAMEAT, "never-there", "nor-this")));
	struct io_uring_sqe silent = names(IORING_OP_UNLINKAT, "hard", 0);
	silent.flags = IOSQE_CQE_SKIP_SUCCESS;
	say("silent", submit(silent));
	return 0;
}
