#include "core/platform/launch.h"

#include "addon/arguments.h"
#include "addon/calls.h"
#include "addon/to_js.h"

namespace governor {

Value to_js(Napi::Env env, const Warden& warden) {
  return Record(env).with("pid", warden.pid).with("control", warden.control);
}

Value to_js(Napi::Env env, const HeldPort& held) {
  return Record(env).with("port", held.port).with("descriptor", held.descriptor);
}

Value to_js(Napi::Env env, const Pipe& pipe) { return Record(env).with("read", pipe.read).with("write", pipe.write); }

static MemoryPolicy memory_policy_of(const Value& value) {
  const auto record = value.As<Napi::Object>();
  return {static_cast<Value>(record.Get("mode")).ToNumber().Int32Value(), set_of(record.Get("nodes"), "nodes")};
}

// {program, arguments, environment, directory, cpus, memory, openFiles, ignoredSignals, descriptors}
static Start start_of(const Value& value) {
  if (!value.IsObject()) throw OsError{EINVAL, "start", "not an object"};
  const auto record = value.As<Napi::Object>();
  const auto field = [&](const char* name) { return static_cast<Value>(record.Get(name)); };
  Start start{.program = text_of(field("program")),
              .arguments = texts(field("arguments")),
              .environment = texts(field("environment"))};
  start.directory = text_of(field("directory"));
  start.cpus = set_of(field("cpus"), "cpus");
  if (field("memory").IsObject()) start.memory = memory_policy_of(field("memory"));
  start.open_files = field("openFiles").ToNumber().Int64Value();
  for (const int signal : ids(field("ignoredSignals"))) {
    if (signal >= 1 && signal <= 64) start.ignored_signals |= uint64_t{1} << (signal - 1);
  }
  start.descriptors = ids(field("descriptors"));
  return start;
}

static std::vector<Start> starts_of(const Value& value) {
  if (!value.IsArray()) throw OsError{EINVAL, "starts", "not an array"};
  const auto list = value.As<Napi::Array>();
  std::vector<Start> starts;
  for (uint32_t i = 0; i < list.Length(); i++) starts.push_back(start_of(list.Get(i)));
  return starts;
}

static WardenCommand command_of(const CallbackInfo& info, size_t index) {
  return static_cast<WardenCommand>(whole(info, index));
}

static void define_launch(Napi::Object& exports) {
  define<DO(become(start_of(info[0])))>(exports, "become");
  define<ANSWER(start_warden(starts_of(info[0]), ids(info[1])))>(exports, "startWarden");
  define<DO(command_warden(whole(info, 0), command_of(info, 1), whole(info, 2), whole(info, 3), ids(info[4])))>(
      exports, "commandWarden");
  define<DO(await_warden(whole(info, 0)))>(exports, "awaitWarden");
  define<ANSWER(hold_port())>(exports, "holdPort");
  define<ANSWER(make_pipe())>(exports, "makePipe");
}

}  // namespace governor
