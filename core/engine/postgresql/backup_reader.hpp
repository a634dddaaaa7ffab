#pragma once

#include "base/file.hpp"
#include "engine/postgresql/backup_files.hpp"
#include "engine/postgresql/page_check.hpp"
#include "model/snapshot_source.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace pitr::postgresql {

// What the check of all pages found.
struct PageFindings {
  static constexpr std::size_t kMostListed = 1000;
  std::uint64_t checked = 0;  // pages
  std::uint64_t bad = 0;
  std::vector<BadPage> listed;  // the first kMostListed of the bad ones
};

// What the check of pages needs to know of the cluster.
struct PageRules {
  LogReach reach;
  std::uint32_t segment_pages = 0;  // pages of a relation in one file
};

// Hands out the files of a data directory in which a server goes on writing. Replay of the log puts right
// whatever it changes meanwhile.
class BackupReader {
 public:
  // No rules: the cluster has no page checksums.
  BackupReader(fs::path data_directory, std::optional<PageRules> rules);

  using Visit = std::function<void(const SnapshotSourceFile&)>;

  // Opens a file and hands it out, good until visit returns. Its size is what it is now: a file that grows
  // meanwhile ends there, one that shrinks is filled up with zeros. False when it is not there any more.
  bool read(const BackupFile& file, const Visit& visit);

  // global/pg_control, which must be handed out last. It is read until it is whole. Throws Errc::corrupt when
  // it stays damaged.
  void read_control_file(const Visit& visit);

  [[nodiscard]] const PageFindings& findings() const { return findings_; }

 private:
  void note(std::vector<BadPage> pages);

  fs::path root_;
  std::optional<PageRules> rules_;
  PageFindings findings_;
};

// The control file of the cluster in this directory: its bytes, once they are those of a sound one.
Bytes read_sound_control_file(const fs::path& data_directory);

// A file that is in memory; `bytes` are its own.
SnapshotSourceFile file_in_memory(std::string path, std::uint32_t mode, Bytes bytes);

}  // namespace pitr::postgresql
