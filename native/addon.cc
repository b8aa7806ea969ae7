// The only file that knows Node-API: converts, calls, throws.
#include <napi.h>

#include <cerrno>
#include <cstring>

#include "core/platform.h"

namespace governor {  // not unnamed: the overloads of to_js are found by their argument's namespace

using Napi::CallbackInfo;
using Napi::Value;

static Value to_js(Napi::Env env, int64_t value) { return Napi::Number::New(env, static_cast<double>(value)); }
static Value to_js(Napi::Env env, int value) { return Napi::Number::New(env, value); }
static Value to_js(Napi::Env env, unsigned value) { return Napi::Number::New(env, value); }
static Value to_js(Napi::Env env, bool value) { return Napi::Boolean::New(env, value); }
static Value to_js(Napi::Env env, const std::string& value) { return Napi::String::New(env, value); }
static Value to_js(Napi::Env env, const Cpuset& set);

template <typename T>
static Value to_js(Napi::Env env, const std::optional<T>& value) {
  return value ? to_js(env, *value) : env.Null();
}

template <typename T>
static Value to_js(Napi::Env env, const std::vector<T>& values) {
  auto list = Napi::Array::New(env, values.size());
  for (uint32_t i = 0; i < values.size(); i++) list.Set(i, to_js(env, values[i]));
  return list;
}

static Value to_js(Napi::Env env, const Cpuset& set) { return to_js(env, set.cpus()); }

// A plain object, filled field by field.
class Record {
 public:
  explicit Record(Napi::Env env) : env_(env), object_(Napi::Object::New(env)) {}
  template <typename T>
  Record& with(const char* name, const T& value) {
    object_.Set(name, to_js(env_, value));
    return *this;
  }
  operator Value() const { return object_; }

 private:
  Napi::Env env_;
  Napi::Object object_;
};

static Value to_js(Napi::Env env, const CpuCache& cache) {
  return Record(env)
      .with("level", cache.level)
      .with("type", cache.type)
      .with("cpus", cache.cpus);
}

static Value to_js(Napi::Env env, const CpuRecord& cpu) {
  return Record(env)
      .with("cpu", cpu.cpu)
      .with("online", cpu.online)
      .with("coreCpus", cpu.core_cpus)
      .with("packageCpus", cpu.package_cpus)
      .with("capacity", cpu.capacity)
      .with("maxFrequency", cpu.max_frequency)
      .with("baseFrequency", cpu.base_frequency)
      .with("midr", cpu.midr)
      .with("caches", cpu.caches);
}

static Value to_js(Napi::Env env, const NodeRecord& node) {
  return Record(env).with("node", node.node).with("cpus", node.cpus);
}

static Value to_js(Napi::Env env, const CpuType& type) {
  return Record(env).with("name", type.name).with("cpus", type.cpus);
}

static Value to_js(Napi::Env env, const Topology& topology) {
  return Record(env)
      .with("sets", topology.sets)
      .with("online", topology.online)
      .with("present", topology.present)
      .with("cpus", topology.cpus)
      .with("nodes", topology.nodes)
      .with("types", topology.types);
}

static Value to_js(Napi::Env env, const Quota& quota) {
  return Record(env).with("quota", quota.quota).with("period", quota.period);
}

static Value to_js(Napi::Env env, const CgroupLevel& level) {
  return Record(env)
      .with("version", level.version)
      .with("controller", level.controller)
      .with("path", level.path)
      .with("quota", level.quota)
      .with("weight", level.weight)
      .with("cpus", level.cpus)
      .with("memoryLimit", level.memory_limit)
      .with("memoryUsed", level.memory_used)
      .with("pidsLimit", level.pids_limit)
      .with("pidsUsed", level.pids_used);
}

static Value to_js(Napi::Env env, const Limits& limits) {
  return Record(env)
      .with("affinity", limits.affinity)
      .with("processLimit", limits.process_limit)
      .with("cgroups", limits.cgroups);
}

static Value to_js(Napi::Env env, const Memory& memory) {
  return Record(env).with("total", memory.total).with("available", memory.available);
}

static Value to_js(Napi::Env env, const InterruptCount& served) {
  return Record(env).with("cpu", served.cpu).with("count", served.count);
}

static Value to_js(Napi::Env env, const PciDevice& device) {
  return Record(env)
      .with("address", device.address)
      .with("deviceClass", device.device_class)
      .with("vendor", device.vendor)
      .with("device", device.device)
      .with("numaNode", device.numa_node)
      .with("localCpus", device.local_cpus);
}

static Value to_js(Napi::Env env, const MemoryPolicy& policy) {
  return Record(env).with("mode", policy.mode).with("nodes", policy.nodes);
}

static Value to_js(Napi::Env env, const Process& process) {
  return Record(env)
      .with("pid", process.pid)
      .with("ppid", process.ppid)
      .with("state", std::string(1, process.state))
      .with("kernel", process.kernel)
      .with("comm", process.comm)
      .with("threads", process.threads)
      .with("cpuTime", process.cpu_time)
      .with("startTime", process.start_time);
}

static Value to_js(Napi::Env env, const Thread& thread) {
  return Record(env)
      .with("tid", thread.tid)
      .with("state", std::string(1, thread.state))
      .with("comm", thread.comm)
      .with("cpuTime", thread.cpu_time)
      .with("startTime", thread.start_time)
      .with("affinity", thread.affinity);
}

static const char* code_name(int code) {
  switch (code) {
    case EACCES: return "EACCES";
    case EFBIG: return "EFBIG";
    case EINVAL: return "EINVAL";
    case EIO: return "EIO";
    case ELOOP: return "ELOOP";
    case EMFILE: return "EMFILE";
    case ENAMETOOLONG: return "ENAMETOOLONG";
    case ENFILE: return "ENFILE";
    case ENOENT: return "ENOENT";
    case ENOMEM: return "ENOMEM";
    case ENOSYS: return "ENOSYS";
    case ENOTDIR: return "ENOTDIR";
    case ENOTSUP: return "ENOTSUP";
    case EPERM: return "EPERM";
    case ESRCH: return "ESRCH";
    default: return "EUNKNOWN";
  }
}

// Calls, and turns what was thrown into a JavaScript Error with code, errno, syscall and subject.
template <typename Call>
static Value answer(const CallbackInfo& info, Call call) {
  const Napi::Env env = info.Env();
  try {
    return call();
  } catch (const OsError& error) {
    const std::string text = error.syscall + " " + error.subject + ": " + strerror(error.code);
    Napi::Error js = Napi::Error::New(env, text);
    js.Set("code", Napi::String::New(env, code_name(error.code)));
    js.Set("errno", Napi::Number::New(env, error.code));
    js.Set("syscall", Napi::String::New(env, error.syscall));
    js.Set("subject", Napi::String::New(env, error.subject));
    js.ThrowAsJavaScriptException();
  } catch (const std::exception& error) {
    Napi::Error::New(env, error.what()).ThrowAsJavaScriptException();
  }
  return env.Undefined();
}

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

static Cpuset cpuset(const CallbackInfo& info, size_t index) { return set_of(info, index, "cpuset"); }
static Cpuset nodes(const CallbackInfo& info, size_t index) { return set_of(info, index, "nodes"); }
static std::vector<unsigned> codes(const CallbackInfo& info, size_t index) { return numbers(info, index, 0xffff, "codes"); }

template <auto Function>
static void define(Napi::Object& exports, const char* name) {
  exports.Set(name, Napi::Function::New(exports.Env(), [](const CallbackInfo& info) {
    return answer(info, [&]() -> Value { return Function(info); });
  }, name));
}

#define ANSWER(expression) [](const CallbackInfo& info) -> Value { return to_js(info.Env(), expression); }

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
  define<ANSWER(process_text(whole(info, 0), ProcessText::kCommandLine))>(exports, "commandLine");
  define<ANSWER(process_text(whole(info, 0), ProcessText::kEnvironment))>(exports, "environment");
  define<ANSWER(executable(whole(info, 0)))>(exports, "executable");
  define<ANSWER(open_files_limit(whole(info, 0)))>(exports, "openFilesLimit");
  define<ANSWER(in_foreground())>(exports, "inForeground");
  define<[](const CallbackInfo& info) -> Value {
    set_affinity(whole(info, 0), cpuset(info, 1));
    return info.Env().Undefined();
  }>(exports, "setAffinity");
  define<[](const CallbackInfo& info) -> Value {
    set_memory_policy(whole(info, 0), nodes(info, 1));
    return info.Env().Undefined();
  }>(exports, "setMemoryPolicy");
  define<[](const CallbackInfo& info) -> Value {
    set_open_files_limit(info[0].ToNumber().Int64Value());
    return info.Env().Undefined();
  }>(exports, "setOpenFilesLimit");
  return exports;
}

}  // namespace governor

static Napi::Object initialise(Napi::Env env, Napi::Object exports) { return governor::define_all(env, exports); }

NODE_API_MODULE(NODE_GYP_MODULE_NAME, initialise)
