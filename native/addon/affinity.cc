#include "core/platform/affinity.h"

#include "addon/arguments.h"
#include "addon/calls.h"
#include "addon/to_js.h"

namespace governor {

Value to_js(Napi::Env env, const MemoryPolicy& policy) {
  return Record(env).with("mode", policy.mode).with("nodes", policy.nodes);
}

static void define_affinity(Napi::Object& exports) {
  define<ANSWER(thread_id())>(exports, "threadId");
  define<ANSWER(affinity(whole(info, 0)))>(exports, "getAffinity");
  define<DO(set_affinity(whole(info, 0), set_of(info[1], "cpuset")))>(exports, "setAffinity");
  define<ANSWER(memory_policy())>(exports, "memoryPolicy");
  define<DO(set_memory_policy(whole(info, 0), set_of(info[1], "nodes")))>(exports, "setMemoryPolicy");
}

}  // namespace governor
