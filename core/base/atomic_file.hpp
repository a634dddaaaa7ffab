#pragma once

#include "base/bytes.hpp"
#include "base/file.hpp"

namespace pitr {

// A file that appears whole or not at all. It is written under a temporary name in the same directory, and removed
// again unless it is committed; what a crash leaves is found by is_temporary_name().
class AtomicFile : public ByteSink {
 public:
  explicit AtomicFile(fs::path path, mode_t mode = 0666);
  ~AtomicFile() override;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(ByteView bytes) override;

  // Makes the bytes and the name durable. False, and nothing changed, when the name is taken.
  [[nodiscard]] bool commit_if_absent();
  // The same, replacing whatever has the name.
  void commit_replacing();

 private:
  void finish_writing();

  fs::path path_;
  fs::path temporary_;
  Fd fd_;
  Bytes buffer_;
};

// True for the names that AtomicFile gives to files it has not committed.
bool is_temporary_name(std::string_view file_name);

// Removes what dead writers left in a directory: files with a temporary name that no process holds locked.
void sweep_temporaries(const fs::path& directory);

}  // namespace pitr
