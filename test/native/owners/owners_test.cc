// Who made the threads of real programs: of each C library, linked in each way, and of runtimes.
#include <algorithm>

#include "core/platform/owners.h"
#include "native/helpers/check.h"
#include "native/helpers/owners.h"
#include "native/helpers/program.h"

using governor::ThreadKind;

namespace {

constexpr char kSource[] = "start_threads.c", kFlags[] = "-O1 -pthread";

// The same in each build that has its symbols.
void check_threads(const Program& program, const std::string& path) {
  const auto owners = Owners::begun(program.pid(), program.number("bare"), {"gov_test_exported"});
  CHECK_EQ(owners.all().denied, 0);
  CHECK_EQ(owners.what(program.pid()), "main");
  CHECK_EQ(owners.what(program.number("alpha")), "pthread start_alpha");
  CHECK_EQ(owners.what(program.number("beta")), "pthread start_beta");
  CHECK_EQ(owners.what(program.number("gamma")), "pthread start_gamma");
  CHECK_EQ(owners.what(program.number("bare")), "clone");
  CHECK_EQ(owners.path(owners.start(program.number("alpha")).module), path);
  CHECK_EQ(owners.path(owners.argument(program.number("alpha")).module), path);
  CHECK_EQ(owners.argument(program.number("alpha")).symbol, "table");
  CHECK_EQ(owners.argument(program.number("beta")).module, -1);
  CHECK_EQ(owners.all().variables.size(), size_t{1});
  for (const auto& variable : owners.all().variables) {
    CHECK_EQ(owners.path(variable.module), path);
    CHECK_EQ(variable.symbol, "gov_test_exported");
    CHECK_EQ(variable.value, 42);
  }
}

void check_build(const Tree& tree, const std::string& compiler, const std::string& flags) {
  const std::string path = built(tree, compiler, kSource, flags);
  check_threads(Program({path}), path);
}

// Without symbols the addresses are all there is: those of the same program with them.
void check_stripped(const Tree& tree, const std::string& compiler, const std::string& flags) {
  const std::string path = built(tree, compiler, kSource, flags), stripped = path + "-stripped";
  CHECK_EQ(::system(("strip -o " + stripped + " " + path).c_str()), 0);
  const Program with({path}), without({stripped});
  const Owners named(with.pid()), nameless = Owners::begun(without.pid(), without.number("bare"));
  for (const std::string name : {"alpha", "beta", "gamma"}) {
    const auto wanted = named.start(with.number(name)), got = nameless.start(without.number(name));
    CHECK_EQ(nameless.what(without.number(name)), "pthread");
    CHECK_EQ(wanted.symbol, "start_" + name);
    CHECK_EQ(got.address, wanted.address);
    CHECK_EQ(nameless.path(got.module), stripped);
  }
  CHECK_EQ(nameless.what(without.number("bare")), "clone");
  CHECK_EQ(nameless.argument(without.number("alpha")).address, named.argument(with.number("alpha")).address);
}

void names_threads_of_glibc(const Tree& tree) {
  check_build(tree, "cc", "-O1 -pthread");
  check_build(tree, "cc", "-O1 -pthread -no-pie");
  check_build(tree, "cc", "-O1 -pthread -static");
  check_build(tree, "cc", "-O1 -pthread -static-pie");
  check_stripped(tree, "cc", "-O1 -pthread -static");
  check_stripped(tree, "cc", "-O1 -pthread");
}

void names_threads_of_musl(const Tree& tree) {
  if (!has_command("musl-gcc")) return;
  check_build(tree, "musl-gcc", "-O1");
  check_build(tree, "musl-gcc", "-O1 -static");
  check_stripped(tree, "musl-gcc", "-O1 -static");
  const Program program({built(tree, "musl-gcc", kSource, kFlags), "leave"});
  CHECK_EQ(Owners(program.pid()).what(program.number("alpha")), "pthread start_alpha");
}

void tells_what_a_thread_of_a_library_works_on(const Tree& tree) {
  const std::string path = built(tree, "c++", "std_threads.cc", "-O1 -pthread");
  const Program program({path});
  const Owners owners(program.pid());
  const int tid = program.number("standard");
  CHECK(owners.path(owners.start(tid).module).find("libstdc++") != std::string::npos);
  CHECK_EQ(owners.path(owners.argument(tid).module), path);
  CHECK(owners.argument(tid).symbol.starts_with("_ZTVNSt6thread11_State_impl"));
}

void tells_for_whom_a_team_of_openmp_works(const Tree& tree) {
  const std::string path = built(tree, "cc", "run_openmp.c", "-O1 -fopenmp");
  const Program program({path});
  const Owners owners(program.pid());
  CHECK_EQ(owners.count(ThreadKind::kPthread), size_t{3});
  for (const auto& thread : owners.all().threads) {
    if (thread.kind != ThreadKind::kPthread) continue;
    CHECK(owners.path(owners.start(thread.tid).module).find("libgomp") != std::string::npos);
    CHECK_EQ(owners.path(thread.working_for), path);
  }
}

void knows_threads_of_go(const Tree& tree) {
  if (!has_command("go")) return;
  const std::string build = "GOCACHE=" + tree.root() + "/cache GO111MODULE=off CGO_ENABLED=0 go build";
  // Its flags come before its source.
  for (const std::string flags : {"", " -ldflags '-s -w'"}) {
    const Program program({built(tree, build + flags, "goroutines.go", "")});
    const Owners owners(program.pid());
    CHECK_EQ(owners.what(program.pid()), "main");
    CHECK(owners.count(ThreadKind::kGo) > 0);
    CHECK_EQ(owners.count(ThreadKind::kGo) + 1, owners.all().threads.size());
  }
}

void reads_many_processes_at_once(const Tree& tree) {
  const std::string path = built(tree, "cc", kSource, kFlags);
  const Program one({path}), two({path});
  const auto found =
      read_all_owners({{two.pid(), {two.number("beta")}}, {one.pid(), {}}, {one.pid(), {one.pid()}}}, {});
  CHECK_EQ(found.size(), size_t{3});
  CHECK_EQ(found.at(0).pid, two.pid());
  CHECK_EQ(found.at(0).threads.size(), size_t{1});
  CHECK_EQ(found.at(0).routines.at(0).symbol, "start_beta");
  CHECK_EQ(found.at(1).threads.size(), size_t{0});
  CHECK(found.at(1).modules.size() > 0);
  CHECK_EQ(found.at(2).threads.at(0).tid, one.pid());
}

}  // namespace

int main() {
  const Tree tree;
  names_threads_of_glibc(tree);
  names_threads_of_musl(tree);
  tells_what_a_thread_of_a_library_works_on(tree);
  tells_for_whom_a_team_of_openmp_works(tree);
  knows_threads_of_go(tree);
  reads_many_processes_at_once(tree);
  return check::result();
}
