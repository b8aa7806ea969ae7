#include "core/platform/locks.h"

#include "addon/arguments.h"
#include "addon/calls.h"
#include "addon/to_js.h"

namespace governor {

static void define_locks(Napi::Object& exports) {
  define<ANSWER(lock_directory(whole(info, 0)))>(exports, "lockDirectory");
  define<ANSWER(lock_file(whole(info, 0)))>(exports, "lockFile");
  define<ANSWER(is_locked(whole(info, 0)))>(exports, "isLocked");
}

}  // namespace governor
