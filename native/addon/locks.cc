#include "core/platform/locks.h"

#include "addon/arguments.h"
#include "addon/calls.h"
#include "addon/to_js.h"

namespace governor {

Value to_js(Napi::Env env, const LockedFile& file) {
  return Record(env).with("name", file.name).with("uid", file.uid).with("locked", file.locked).with("text", file.text);
}

static ReadLimits limits_of(const CallbackInfo& info, size_t index) {
  const auto number = [&](size_t at) { return static_cast<size_t>(whole(info, index + at)); };
  return {number(0), number(1), number(2)};
}

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
  define<ANSWER(read_locked_files(whole(info, 0), limits_of(info, 1)))>(exports, "readLockedFiles");
  define<start_to_watch>(exports, "watchDirectory");
  define<DO(held_watch(info).reset())>(exports, "unwatchDirectory");
}

}  // namespace governor
