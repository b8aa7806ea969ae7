#include "core/platform/machine.h"

#include "addon/arguments.h"
#include "addon/calls.h"
#include "addon/to_js.h"

namespace governor {

Value to_js(Napi::Env env, const CpuCache& cache) {
  return Record(env).with("level", cache.level).with("type", cache.type).with("cpus", cache.cpus);
}

Value to_js(Napi::Env env, const CpuRecord& cpu) {
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

Value to_js(Napi::Env env, const NodeRecord& node) {
  return Record(env).with("node", node.node).with("cpus", node.cpus);
}

Value to_js(Napi::Env env, const CpuType& type) { return Record(env).with("name", type.name).with("cpus", type.cpus); }

Value to_js(Napi::Env env, const Topology& topology) {
  return Record(env)
      .with("sets", topology.sets)
      .with("online", topology.online)
      .with("present", topology.present)
      .with("isolated", topology.isolated)
      .with("cpus", topology.cpus)
      .with("nodes", topology.nodes)
      .with("types", topology.types);
}

Value to_js(Napi::Env env, const Quota& quota) {
  return Record(env).with("quota", quota.quota).with("period", quota.period);
}

Value to_js(Napi::Env env, const CgroupLevel& level) {
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

Value to_js(Napi::Env env, const Limits& limits) {
  return Record(env)
      .with("affinity", limits.affinity)
      .with("processLimit", limits.process_limit)
      .with("cgroups", limits.cgroups);
}

Value to_js(Napi::Env env, const Memory& memory) {
  return Record(env).with("total", memory.total).with("available", memory.available);
}

Value to_js(Napi::Env env, const InterruptCount& served) {
  return Record(env).with("cpu", served.cpu).with("count", served.count);
}

Value to_js(Napi::Env env, const PciDevice& device) {
  return Record(env)
      .with("address", device.address)
      .with("deviceClass", device.device_class)
      .with("vendor", device.vendor)
      .with("device", device.device)
      .with("numaNode", device.numa_node)
      .with("localCpus", device.local_cpus);
}

Value to_js(Napi::Env env, const Throttling& throttling) {
  return Record(env)
      .with("periods", throttling.periods)
      .with("throttledPeriods", throttling.throttled_periods)
      .with("throttledTime", throttling.throttled_time);
}

static std::vector<unsigned> codes(const Value& value) { return numbers(value, 0xffff, "codes"); }

static void define_machine(Napi::Object& exports) {
  exports.Set("platform", Napi::String::New(exports.Env(), platform_name()));
  define<ANSWER(read_topology(text(info, 0)))>(exports, "readTopology");
  define<ANSWER(read_limits(text(info, 0), whole(info, 1)))>(exports, "readLimits");
  define<ANSWER(read_memory(text(info, 0)))>(exports, "readMemory");
  define<ANSWER(read_interrupts(text(info, 0)))>(exports, "readInterrupts");
  define<ANSWER(read_pci(text(info, 0), codes(info[1]), codes(info[2])))>(exports, "readPci");
  define<ANSWER(read_throttling(text(info, 0)))>(exports, "readThrottling");
}

}  // namespace governor
