// What the addon exports: converts arguments, calls. Only this file and native/addon know Node-API.
#include <napi.h>

#include "addon/calls.h"
#include "addon/to_js.h"
#include "core/platform.h"

namespace governor {

using Napi::CallbackInfo;

static int whole(const CallbackInfo& info, size_t index) { return info[index].ToNumber().Int32Value(); }
static std::string text(const CallbackInfo& info, size_t index) { return info[index].ToString().Utf8Value(); }

// An array of whole numbers from 0 to `most`.
static std::vector<unsigned> numbers(const CallbackInfo& info, size_t index, unsigned most, const char* wanted) {
  if (!info[index].IsArray()) throw OsError{EINVAL, wanted, "not an array"};
  const auto list = info[index].As<Napi::Array>();
  std::vector<unsigned> found;
  for (uint32_t i = 0; i < list.Length(); i++) {
    const Value item = list.Get(i);
    const double value = item.IsNumber() ? item.As<Napi::Number>().DoubleValue() : -1;
    if (!(value >= 0 && value <= most && value == static_cast<unsigned>(value))) {
      throw OsError{EINVAL, wanted, "not a number from 0 to " + std::to_string(most)};
    }
    found.push_back(static_cast<unsigned>(value));
  }
  return found;
}

static Cpuset set_of(const CallbackInfo& info, size_t index, const char* wanted) {
  Cpuset set;
  for (const unsigned member : numbers(info, index, Cpuset::kLargest, wanted)) set.add(member);
  return set;
}

static std::vector<int> ids(const Value& value) {
  std::vector<int> found;
  if (!value.IsArray()) throw OsError{EINVAL, "ids", "not an array"};
  const auto list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) found.push_back(static_cast<Value>(list.Get(i)).ToNumber().Int32Value());
  return found;
}

// [[pid, [tid, …]], …]
static std::vector<std::pair<int, std::vector<int>>> threads_of(const Value& value) {
  if (!value.IsArray()) throw OsError{EINVAL, "threads", "not an array"};
  std::vector<std::pair<int, std::vector<int>>> found;
  const auto list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    const Value item = list.Get(i);
    if (!item.IsArray()) throw OsError{EINVAL, "threads", "not a pair of a pid and its tids"};
    const auto pair = item.As<Napi::Array>();
    found.emplace_back(static_cast<Value>(pair.Get(0u)).ToNumber().Int32Value(), ids(pair.Get(1u)));
  }
  return found;
}

static std::vector<std::string> texts(const Value& value) {
  if (!value.IsArray()) throw OsError{EINVAL, "texts", "not an array"};
  std::vector<std::string> found;
  const auto list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) found.push_back(static_cast<Value>(list.Get(i)).ToString().Utf8Value());
  return found;
}

static Cpuset cpuset(const CallbackInfo& info, size_t index) { return set_of(info, index, "cpuset"); }
static Cpuset nodes(const CallbackInfo& info, size_t index) { return set_of(info, index, "nodes"); }
static std::vector<unsigned> codes(const CallbackInfo& info, size_t index) {
  return numbers(info, index, 0xffff, "codes");
}

static MemoryPolicy memory_policy_of(const Value& value) {
  const auto record = value.As<Napi::Object>();
  MemoryPolicy policy{static_cast<Value>(record.Get("mode")).ToNumber().Int32Value(), {}};
  for (const int node : ids(record.Get("nodes"))) policy.nodes.add(static_cast<unsigned>(node));
  return policy;
}

// {program, arguments, environment, directory, cpus, memory, openFiles, ignoredSignals, descriptors}
static Start start_of(const Value& value) {
  if (!value.IsObject()) throw OsError{EINVAL, "start", "not an object"};
  const auto record = value.As<Napi::Object>();
  const auto field = [&](const char* name) { return static_cast<Value>(record.Get(name)); };
  Start start{.program = field("program").ToString(),
              .arguments = texts(field("arguments")),
              .environment = texts(field("environment"))};
  start.directory = field("directory").ToString();
  for (const int cpu : ids(field("cpus"))) {
    if (cpu < 0 || static_cast<unsigned>(cpu) > Cpuset::kLargest) throw OsError{EINVAL, "cpus", std::to_string(cpu)};
    start.cpus.add(static_cast<unsigned>(cpu));
  }
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

// A tree that is followed until it is given back, or forgotten.
using HeldTree = std::unique_ptr<FollowedTree>;

static Value held(Napi::Env env, HeldTree tree) {
  return Napi::External<HeldTree>::New(env, new HeldTree(std::move(tree)),
                                       [](Napi::Env, HeldTree* forgotten) { delete forgotten; });
}

static HeldTree& held_tree(const CallbackInfo& info) {
  if (!info[0].IsExternal()) throw OsError{EINVAL, "tree", "not a tree that is followed"};
  return *info[0].As<Napi::External<HeldTree>>().Data();
}

static FollowedTree& followed(const CallbackInfo& info) {
  const auto& tree = held_tree(info);
  if (!tree) throw OsError{EINVAL, "tree", "not followed any more"};
  return *tree;
}

template <auto Function>
static void define(Napi::Object& exports, const char* name) {
  exports.Set(
      name,
      Napi::Function::New(
          exports.Env(),
          [](const CallbackInfo& info) { return answer(info, [&]() -> Value { return Function(info); }); }, name));
}

#define ANSWER(expression) [](const CallbackInfo& info) -> Value { return to_js(info.Env(), expression); }

#define LATER(...) [](const CallbackInfo& info) -> Value { return later(info.Env(), __VA_ARGS__); }

static Napi::Object define_all(Napi::Env env, Napi::Object exports) {
  exports.Set("platform", Napi::String::New(env, platform_name()));
  define<ANSWER(read_topology(text(info, 0)))>(exports, "readTopology");
  define<ANSWER(read_limits(text(info, 0), whole(info, 1)))>(exports, "readLimits");
  define<ANSWER(read_memory(text(info, 0)))>(exports, "readMemory");
  define<ANSWER(read_interrupts(text(info, 0)))>(exports, "readInterrupts");
  define<ANSWER(read_pci(text(info, 0), codes(info, 1), codes(info, 2)))>(exports, "readPci");
  define<ANSWER(memory_policy())>(exports, "memoryPolicy");
  define<ANSWER(thread_id())>(exports, "threadId");
  define<ANSWER(affinity(whole(info, 0)))>(exports, "getAffinity");
  define<ANSWER(processes())>(exports, "processes");
  define<ANSWER(process(whole(info, 0)))>(exports, "process");
  define<ANSWER(threads(whole(info, 0)))>(exports, "threads");
  define<[](const CallbackInfo& info) -> Value {
    auto followed = follow_tree(whole(info, 0));
    const int changes = followed->changes();
    return Record(info.Env()).with("changes", changes).with("tree", held(info.Env(), std::move(followed)));
  }>(exports, "followTree");
  define<ANSWER(followed(info).tree())>(exports, "followedTree");
  define<[](const CallbackInfo& info) -> Value {
    held_tree(info).reset();
    return info.Env().Undefined();
  }>(exports, "unfollowTree");
  define<ANSWER(process_text(whole(info, 0), ProcessText::kCommandLine))>(exports, "commandLine");
  define<ANSWER(process_text(whole(info, 0), ProcessText::kEnvironment))>(exports, "environment");
  define<ANSWER(executable(whole(info, 0)))>(exports, "executable");
  define<ANSWER(open_files_limit(whole(info, 0)))>(exports, "openFilesLimit");
  define<ANSWER(read_throttling(text(info, 0)))>(exports, "readThrottling");
  define<LATER([] { return processes(); })>(exports, "listProcesses");
  define<LATER([pids = ids(info[0])] { return sample_threads(pids); })>(exports, "sampleThreads");
  define<LATER([tids = ids(info[0])] { return read_switches(tids); })>(exports, "readSwitches");
  define<LATER([threads = threads_of(info[0]), variables = texts(info[1])] {
    return read_owners(threads, variables);
  })>(exports, "readOwners");
  define<ANSWER(in_foreground())>(exports, "inForeground");
  define<ANSWER(start_warden(starts_of(info[0]), ids(info[1])))>(exports, "startWarden");
  define<[](const CallbackInfo& info) -> Value {
    await_warden(whole(info, 0));
    return info.Env().Undefined();
  }>(exports, "awaitWarden");
  define<[](const CallbackInfo& info) -> Value {
    adopt_orphans();
    return info.Env().Undefined();
  }>(exports, "adoptOrphans");
  define<ANSWER(kill_children())>(exports, "killChildren");
  define<ANSWER(hold_port())>(exports, "holdPort");
  define<ANSWER(make_pipe())>(exports, "makePipe");
  define<ANSWER(lock_directory(whole(info, 0)))>(exports, "lockDirectory");
  define<ANSWER(lock_file(whole(info, 0)))>(exports, "lockFile");
  define<ANSWER(is_locked(whole(info, 0)))>(exports, "isLocked");
  define<[](const CallbackInfo& info) -> Value {
    command_warden(whole(info, 0), static_cast<WardenCommand>(whole(info, 1)), whole(info, 2), whole(info, 3),
                   ids(info[4]));
    return info.Env().Undefined();
  }>(exports, "commandWarden");
  define<[](const CallbackInfo& info) -> Value { become(start_of(info[0])); }>(exports, "become");
  define<[](const CallbackInfo& info) -> Value {
    set_affinity(whole(info, 0), cpuset(info, 1));
    return info.Env().Undefined();
  }>(exports, "setAffinity");
  define<[](const CallbackInfo& info) -> Value {
    set_memory_policy(whole(info, 0), nodes(info, 1));
    return info.Env().Undefined();
  }>(exports, "setMemoryPolicy");
  return exports;
}

}  // namespace governor

static Napi::Object initialise(Napi::Env env, Napi::Object exports) { return governor::define_all(env, exports); }

NODE_API_MODULE(NODE_GYP_MODULE_NAME, initialise)
