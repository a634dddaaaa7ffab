#pragma once

#include <functional>

#include <sys/types.h>

namespace pitr {

// Does work in a process of its own that outlives this one: in a session of its own, with no input or output,
// no open files and no signal handlers of ours; where it runs stays the same. It ends without unwinding
// anything, and nobody learns how. Returns its id, or -1 when there cannot be one. This process must not have
// more than one thread.
pid_t run_detached(const std::function<void()>& work);

}  // namespace pitr
