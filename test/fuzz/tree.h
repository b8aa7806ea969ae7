// A small machine whose files are the sections of one input: section N is the text of file N.
#pragma once
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/invariant.h"

namespace fuzz {

constexpr char kSeparator = '\x01';            // between two sections
constexpr std::string_view kMissing = "\x02";  // the section of a file that is not there

inline std::vector<std::string_view> sections(std::string_view input) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = input.find(kSeparator);
    parts.push_back(input.substr(0, end));
    if (end == std::string_view::npos) return parts;
    input = input.substr(end + 1);
  }
}

// Lies in $TMPDIR, which test/fuzz/run.sh puts into memory and removes afterwards.
class Tree {
 public:
  explicit Tree(std::vector<std::string> files)
      : files_(std::move(files)), written_(files_.size(), std::string(kMissing)) {
    std::string name = (std::filesystem::temp_directory_path() / "machine-XXXXXX").string();
    INVARIANT(::mkdtemp(name.data()));
    root_ = name;
    for (const auto& file : files_) {
      std::filesystem::create_directories(std::filesystem::path(root_ + "/" + file).parent_path());
    }
  }
  ~Tree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  const std::string& root() const { return root_; }

  // Files beyond the last section are missing. Only what the last input had otherwise is written.
  void fill(const std::vector<std::string_view>& parts, size_t first = 0) {
    for (size_t i = 0; i < files_.size(); i++) {
      const auto text = first + i < parts.size() ? parts[first + i] : kMissing;
      if (text != written_[i]) write(root_ + "/" + files_[i], text);
      written_[i] = text;
    }
  }

 private:
  static void write(const std::string& path, std::string_view text) {
    if (text == kMissing) {
      ::unlink(path.c_str());
      return;
    }
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    INVARIANT(file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(file);
  }

  std::vector<std::string> files_, written_;
  std::string root_;
};

}  // namespace fuzz
