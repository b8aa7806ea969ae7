// Programs of test/native/programs, built by the compilers that users have, without the sanitizers of the tests.
#pragma once
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "native/helpers/tree.h"

// Whether there is such a command; if not, prints a line about what is left out.
inline bool has_command(const std::string& name) {
  if (::system(("command -v " + name + " >/dev/null").c_str()) == 0) return true;
  fprintf(stderr, "left out: there is no %s\n", name.c_str());
  return false;
}

// Runs "COMPILER -o PROGRAM SOURCE FLAGS".
inline std::string built(const Tree& tree, const std::string& compiler, const std::string& source,
                         const std::string& flags) {
  const std::string here = __FILE__, program = tree.root() + "/" + std::to_string(::rand()) + "-" + source;
  const std::string command =
      compiler + " -o " + program + " " + here.substr(0, here.rfind("/helpers/")) + "/programs/" + source + " " + flags;
  if (::system(command.c_str()) != 0) throw std::runtime_error(command);
  return program;
}

// A program that has printed lines "NAME NUMBER" up to "ready", and is killed with this object.
class Program {
 public:
  explicit Program(std::vector<std::string> words) {
    int in[2], out[2];
    if (::pipe(in) != 0 || ::pipe(out) != 0) throw std::runtime_error("pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      for (const int descriptor : {in[0], in[1], out[0], out[1]}) ::close(descriptor);
      std::vector<char*> arguments;
      for (auto& word : words) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    FILE* lines = ::fdopen(out[0], "r");
    char name[32];
    int number;
    while (!numbers_.contains("ready") && ::fscanf(lines, "%31s %d", name, &number) == 2) numbers_[name] = number;
    ::fclose(lines);
    if (!numbers_.contains("ready")) throw std::runtime_error(words[0] + " did not start");
  }
  ~Program() {
    ::close(input_);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  int pid() const { return pid_; }
  int number(const std::string& name) const { return numbers_.at(name); }

 private:
  int pid_, input_;
  std::map<std::string, int> numbers_;
};
