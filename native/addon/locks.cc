#include "core/platform/locks.h"

#include "addon/arguments.h"
#include "addon/calls.h"
#include "addon/to_js.h"

namespace governor {

using HeldWatch = std::unique_ptr<WatchedDirectory>;

// A watched directory, until JavaScript gives it back or forgets it.
static Value start_to_watch(const CallbackInfo& info) {
  auto watch = watch_directory(text(info, 0));
  const int changes = watch->changes();
  const auto held = Napi::External<HeldWatch>::New(info.Env(), new HeldWatch(std::move(watch)),
                                                   [](Napi::Env, HeldWatch* forgotten) { delete forgotten; });
  return Record(info.Env()).with("changes", changes).with("watch", Value(held));
}

static HeldWatch& held_watch(const CallbackInfo& info) {
  if (!info[0].IsExternal()) throw OsError{EINVAL, "watch", "not a watched directory"};
  return *info[0].As<Napi::External<HeldWatch>>().Data();
}

static void define_locks(Napi::Object& exports) {
  define<ANSWER(lock_directory(whole(info, 0)))>(exports, "lockDirectory");
  define<ANSWER(lock_file(whole(info, 0)))>(exports, "lockFile");
  define<ANSWER(is_locked(whole(info, 0)))>(exports, "isLocked");
  define<start_to_watch>(exports, "watchDirectory");
  define<DO(held_watch(info).reset())>(exports, "unwatchDirectory");
}

}  // namespace governor
