#include "core/platform/processes.h"

#include "addon/arguments.h"
#include "addon/calls.h"
#include "addon/to_js.h"

namespace governor {

Value to_js(Napi::Env env, const Process& process) {
  return Record(env)
      .with("pid", process.pid)
      .with("ppid", process.ppid)
      .with("group", process.group)
      .with("session", process.session)
      .with("state", std::string(1, process.state))
      .with("kernel", process.kernel)
      .with("comm", process.comm)
      .with("threads", process.threads)
      .with("cpuTime", process.cpu_time)
      .with("startTime", process.start_time);
}

Value to_js(Napi::Env env, const FollowedProcess& process) {
  return Record(env)
      .with("pid", process.pid)
      .with("ppid", process.ppid)
      .with("startTime", process.start_time)
      .with("comm", process.comm)
      .with("image", process.image)
      .with("active", process.active);
}

Value to_js(Napi::Env env, const Thread& thread) {
  return Record(env)
      .with("tid", thread.tid)
      .with("state", std::string(1, thread.state))
      .with("comm", thread.comm)
      .with("cpuTime", thread.cpu_time)
      .with("startTime", thread.start_time)
      .with("affinity", thread.affinity);
}

Value to_js(Napi::Env env, const ThreadSamples& samples) {
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

Value to_js(Napi::Env env, const std::vector<Switches>& switches) {
  return Record(env)
      .with("tid", whole_column<&Switches::tid>(env, switches))
      .with("readAt", wide_column<&Switches::read_at>(env, switches))
      .with("voluntary", wide_column<&Switches::voluntary>(env, switches))
      .with("involuntary", wide_column<&Switches::involuntary>(env, switches));
}

// A followed tree, until JavaScript gives it back or forgets it.
using HeldTree = std::unique_ptr<FollowedTree>;

static Value held(Napi::Env env, HeldTree tree) {
  return Napi::External<HeldTree>::New(env, new HeldTree(std::move(tree)),
                                       [](Napi::Env, HeldTree* forgotten) { delete forgotten; });
}

static HeldTree& held_tree(const CallbackInfo& info) {
  if (!info[0].IsExternal()) throw OsError{EINVAL, "tree", "not a followed tree"};
  return *info[0].As<Napi::External<HeldTree>>().Data();
}

static FollowedTree& followed(const CallbackInfo& info) {
  const auto& tree = held_tree(info);
  if (!tree) throw OsError{EINVAL, "tree", "no longer followed"};
  return *tree;
}

static Value start_to_follow(const CallbackInfo& info) {
  auto tree = follow_tree(whole(info, 0));
  const int changes = tree->changes();
  return Record(info.Env()).with("changes", changes).with("tree", held(info.Env(), std::move(tree)));
}

static void define_processes(Napi::Object& exports) {
  define<ANSWER(processes())>(exports, "processes");
  define<LATER([] { return processes(); })>(exports, "listProcesses");
  define<ANSWER(process(whole(info, 0)))>(exports, "process");
  define<ANSWER(threads(whole(info, 0)))>(exports, "threads");
  define<ANSWER(process_text(whole(info, 0), ProcessText::kCommandLine))>(exports, "commandLine");
  define<ANSWER(process_text(whole(info, 0), ProcessText::kEnvironment))>(exports, "environment");
  define<ANSWER(executable(whole(info, 0)))>(exports, "executable");
  define<ANSWER(open_files_limit(whole(info, 0)))>(exports, "openFilesLimit");
  define<ANSWER(in_foreground())>(exports, "inForeground");
  define<start_to_follow>(exports, "followTree");
  define<ANSWER(followed(info).tree())>(exports, "followedTree");
  define<DO(held_tree(info).reset())>(exports, "unfollowTree");
  define<LATER([pids = ids(info[0])] { return sample_threads(pids); })>(exports, "sampleThreads");
  define<LATER([tids = ids(info[0])] { return read_switches(tids); })>(exports, "readSwitches");
}

}  // namespace governor
