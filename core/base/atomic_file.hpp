#pragma once

#include "base/bytes.hpp"
#include "base/file.hpp"

namespace pitr {

// A file that appears whole or not at all. Until it is committed it has no name, or, where the file system
// does not know nameless files, a temporary one in the same directory, which its writer holds locked (flock);
// what a crash leaves of those is found by is_temporary_name() and removed by sweep_temporaries().
class AtomicFile : public ByteSink {
 public:
  enum class Until { committed_nameless, committed_temporary_name };

  // committed_temporary_name takes a temporary name even where it could do without.
  explicit AtomicFile(fs::path path, mode_t mode = 0666, Until until = Until::committed_nameless);
  ~AtomicFile() override;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(ByteView bytes) override;

  // Makes the bytes and the name durable. False, and nothing changed, when the name is taken; the name is
  // durable then, too. After it the file takes no more bytes.
  [[nodiscard]] bool commit_if_absent();
  // The same, replacing whatever has the name.
  void commit_replacing();
  // The same, durable only once the system comes to it: for what can be had again.
  void publish_replacing();

 private:
  void flush();
  void finish_writing();
  void end_writing();
  void replace();
  void open_temporary(mode_t mode);
  [[nodiscard]] bool link_without_replacing();
  [[nodiscard]] bool rename_without_replacing();
  [[nodiscard]] bool is_ours(const fs::path& path) const;
  void remove_temporary() noexcept;

  fs::path path_;
  fs::path directory_;
  fs::path temporary_;  // empty while there is no such name
  Fd fd_;
  Bytes buffer_;
};

// Gives a finished file its final name, in the same file system, durably. Throws Errc::conflict when the name
// is taken.
void move_into_place(const fs::path& from, const fs::path& to);

// The same, replacing whatever has the name.
void move_replacing(const fs::path& from, const fs::path& to);

// True for the names that AtomicFile gives to files it has not committed.
bool is_temporary_name(std::string_view file_name);

// Removes what dead writers left in a directory: files with a temporary name that no process holds locked.
void sweep_temporaries(const fs::path& directory);

}  // namespace pitr
