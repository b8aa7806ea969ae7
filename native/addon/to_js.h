// Plain records as JavaScript objects, field by field.
#pragma once
#include <napi.h>

#include <limits>

#include "core/platform.h"

namespace governor {  // not unnamed: the overloads of to_js are found by their argument's namespace

using Napi::Value;

inline Value to_js(Napi::Env, const Value& value) { return value; }
inline Value to_js(Napi::Env env, int64_t value) { return Napi::Number::New(env, static_cast<double>(value)); }
inline Value to_js(Napi::Env env, int value) { return Napi::Number::New(env, value); }
inline Value to_js(Napi::Env env, unsigned value) { return Napi::Number::New(env, value); }
inline Value to_js(Napi::Env env, bool value) { return Napi::Boolean::New(env, value); }
inline Value to_js(Napi::Env env, const std::string& value) { return Napi::String::New(env, value); }
inline Value to_js(Napi::Env env, const Cpuset& set);

template <typename T>
inline Value to_js(Napi::Env env, const std::optional<T>& value) {
  return value ? to_js(env, *value) : env.Null();
}

template <typename T>
inline Value to_js(Napi::Env env, const std::vector<T>& values) {
  auto list = Napi::Array::New(env, values.size());
  for (uint32_t i = 0; i < values.size(); i++) list.Set(i, to_js(env, values[i]));
  return list;
}

inline Value to_js(Napi::Env env, const Cpuset& set) { return to_js(env, set.cpus()); }

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

inline Value to_js(Napi::Env env, const CpuCache& cache) {
  return Record(env).with("level", cache.level).with("type", cache.type).with("cpus", cache.cpus);
}

inline Value to_js(Napi::Env env, const CpuRecord& cpu) {
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

inline Value to_js(Napi::Env env, const NodeRecord& node) {
  return Record(env).with("node", node.node).with("cpus", node.cpus);
}

inline Value to_js(Napi::Env env, const CpuType& type) {
  return Record(env).with("name", type.name).with("cpus", type.cpus);
}

inline Value to_js(Napi::Env env, const Topology& topology) {
  return Record(env)
      .with("sets", topology.sets)
      .with("online", topology.online)
      .with("present", topology.present)
      .with("cpus", topology.cpus)
      .with("nodes", topology.nodes)
      .with("types", topology.types);
}

inline Value to_js(Napi::Env env, const Quota& quota) {
  return Record(env).with("quota", quota.quota).with("period", quota.period);
}

inline Value to_js(Napi::Env env, const CgroupLevel& level) {
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

inline Value to_js(Napi::Env env, const Limits& limits) {
  return Record(env)
      .with("affinity", limits.affinity)
      .with("processLimit", limits.process_limit)
      .with("cgroups", limits.cgroups);
}

inline Value to_js(Napi::Env env, const Memory& memory) {
  return Record(env).with("total", memory.total).with("available", memory.available);
}

inline Value to_js(Napi::Env env, const InterruptCount& served) {
  return Record(env).with("cpu", served.cpu).with("count", served.count);
}

inline Value to_js(Napi::Env env, const PciDevice& device) {
  return Record(env)
      .with("address", device.address)
      .with("deviceClass", device.device_class)
      .with("vendor", device.vendor)
      .with("device", device.device)
      .with("numaNode", device.numa_node)
      .with("localCpus", device.local_cpus);
}

inline Value to_js(Napi::Env env, const MemoryPolicy& policy) {
  return Record(env).with("mode", policy.mode).with("nodes", policy.nodes);
}

inline Value to_js(Napi::Env env, const Process& process) {
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

inline Value to_js(Napi::Env env, const FollowedProcess& process) {
  return Record(env)
      .with("pid", process.pid)
      .with("ppid", process.ppid)
      .with("startTime", process.start_time)
      .with("comm", process.comm)
      .with("image", process.image)
      .with("active", process.active);
}

inline Value to_js(Napi::Env env, const Thread& thread) {
  return Record(env)
      .with("tid", thread.tid)
      .with("state", std::string(1, thread.state))
      .with("comm", thread.comm)
      .with("cpuTime", thread.cpu_time)
      .with("startTime", thread.start_time)
      .with("affinity", thread.affinity);
}

// One number of many records as a typed array: 10,000 threads are a dozen arrays, not 10,000 objects.
template <typename Array, typename Records, typename Get>
Value column(Napi::Env env, const Records& records, Get get) {
  auto list = Array::New(env, records.size());
  for (size_t i = 0; i < records.size(); i++) {
    list[i] = static_cast<typename std::remove_reference_t<decltype(list[i])>>(get(records[i]));
  }
  return list;
}

template <auto Field, typename Records>
Value whole_column(Napi::Env env, const Records& records) {
  return column<Napi::Int32Array>(env, records, [](const auto& record) { return record.*Field; });
}

template <auto Field, typename Records>
Value wide_column(Napi::Env env, const Records& records) {
  return column<Napi::Float64Array>(env, records, [](const auto& record) { return record.*Field; });
}

// NaN = not told.
template <auto Field, typename Records>
Value optional_column(Napi::Env env, const Records& records) {
  return column<Napi::Float64Array>(env, records, [](const auto& record) {
    return record.*Field ? static_cast<double>(*(record.*Field)) : std::numeric_limits<double>::quiet_NaN();
  });
}

inline Value to_js(Napi::Env env, const ThreadSamples& samples) {
  const auto& threads = samples.threads;
  std::string states;
  for (const auto& thread : threads) states += thread.state;
  return Record(env)
      .with("sets", samples.sets)
      .with("names", samples.names)
      .with("states", states)
      .with("pid", whole_column<&ThreadSample::pid>(env, threads))
      .with("tid", whole_column<&ThreadSample::tid>(env, threads))
      .with("startTime", wide_column<&ThreadSample::start_time>(env, threads))
      .with("readAt", wide_column<&ThreadSample::read_at>(env, threads))
      .with("lastCpu", whole_column<&ThreadSample::last_cpu>(env, threads))
      .with("name", whole_column<&ThreadSample::name>(env, threads))
      .with("affinity", whole_column<&ThreadSample::affinity>(env, threads))
      .with("run", optional_column<&ThreadSample::run>(env, threads))
      .with("wait", optional_column<&ThreadSample::wait>(env, threads))
      .with("slices", optional_column<&ThreadSample::slices>(env, threads));
}

inline Value to_js(Napi::Env env, const std::vector<Switches>& switches) {
  return Record(env)
      .with("tid", whole_column<&Switches::tid>(env, switches))
      .with("readAt", wide_column<&Switches::read_at>(env, switches))
      .with("voluntary", wide_column<&Switches::voluntary>(env, switches))
      .with("involuntary", wide_column<&Switches::involuntary>(env, switches));
}

inline Value to_js(Napi::Env env, const Throttling& throttling) {
  return Record(env)
      .with("periods", throttling.periods)
      .with("throttledPeriods", throttling.throttled_periods)
      .with("throttledTime", throttling.throttled_time);
}

inline Value to_js(Napi::Env env, const Module& module) {
  return Record(env).with("path", module.path).with("deleted", module.deleted);
}

inline Value to_js(Napi::Env env, const Routine& routine) {
  return Record(env)
      .with("module", routine.module)
      .with("address", static_cast<int64_t>(routine.address))
      .with("symbol", routine.symbol)
      .with("before", routine.before)
      .with("after", routine.after);
}

inline Value to_js(Napi::Env env, const ModuleVariable& variable) {
  return Record(env).with("module", variable.module).with("symbol", variable.symbol).with("value", variable.value);
}

inline Value to_js(Napi::Env env, const ProcessOwners& owners) {
  const auto& threads = owners.threads;
  return Record(env)
      .with("pid", owners.pid)
      .with("denied", owners.denied)
      .with("modules", owners.modules)
      .with("routines", owners.routines)
      .with("variables", owners.variables)
      .with("tid", whole_column<&ThreadOwner::tid>(env, threads))
      .with("kind", whole_column<&ThreadOwner::kind>(env, threads))
      .with("start", whole_column<&ThreadOwner::start>(env, threads))
      .with("argument", whole_column<&ThreadOwner::argument>(env, threads))
      .with("workingFor", whole_column<&ThreadOwner::working_for>(env, threads));
}

inline Value to_js(Napi::Env env, const Warden& warden) {
  return Record(env).with("pid", warden.pid).with("control", warden.control);
}

inline Value to_js(Napi::Env env, const HeldPort& held) {
  return Record(env).with("port", held.port).with("descriptor", held.descriptor);
}

inline Value to_js(Napi::Env env, const Pipe& pipe) {
  return Record(env).with("read", pipe.read).with("write", pipe.write);
}

}  // namespace governor
