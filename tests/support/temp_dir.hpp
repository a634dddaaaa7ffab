#pragma once

#include "base/file.hpp"
#include "base/random.hpp"

#include <boost/filesystem/operations.hpp>

namespace pitr::test {

// A directory of one test's own, removed with all that is in it.
class TempDir {
 public:
  TempDir() : path_(fs::temp_directory_path() / ("pitrctl-test-" + random_hex(8))) {
    fs::create_directory(path_);
  }
  ~TempDir() {
    boost::system::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

}  // namespace pitr::test
