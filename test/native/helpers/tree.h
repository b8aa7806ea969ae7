// A directory with a machine's /sys and /proc, removed with its object.
#pragma once
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

class Tree {
 public:
  Tree() {
    std::string name = (std::filesystem::temp_directory_path() / "governor-test-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp " + name);
    root_ = name;
  }
  ~Tree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  std::string root() const { return root_.string(); }

  Tree& file(const std::string& path, std::string_view text) {
    std::ofstream out(made(path), std::ios::binary | std::ios::trunc);
    out << text;
    if (!out.flush()) throw std::runtime_error("write " + path);
    return *this;
  }
  Tree& directory(const std::string& path) {
    std::filesystem::create_directories(root_ / path);
    return *this;
  }
  Tree& link(const std::string& path, const std::string& target) {
    std::filesystem::create_symlink(target, made(path));
    return *this;
  }
  Tree& fifo(const std::string& path) {
    if (::mkfifo(made(path).c_str(), 0600) != 0) throw std::runtime_error("mkfifo " + path);
    return *this;
  }
  Tree& remove(const std::string& path) {
    std::filesystem::remove_all(root_ / path);
    return *this;
  }

 private:
  std::filesystem::path made(const std::string& path) {
    const auto whole = root_ / path;
    std::filesystem::create_directories(whole.parent_path());
    return whole;
  }

  std::filesystem::path root_;
};
