#pragma once

#include "base/file.hpp"
#include "base/progress.hpp"
#include "base/worker_pool.hpp"
#include "engine/engine.hpp"
#include "engine/postgresql/cluster_tree.hpp"

#include <cstdint>
#include <vector>

namespace pitr::postgresql {

// Whom what a restore writes shall belong to.
struct FileOwner {
  uid_t user;
  gid_t group;
};

FileOwner owner_of(const fs::path& directory);

// A tree and the directory it is written below.
struct TreePlace {
  const ClusterTree* tree;
  fs::path root;
};

// Writes the files of a snapshot on several threads. Symbolic links below a root are not followed, but found
// to be errors. Contents, trees and progress must outlive it.
class TreeWriter {
 public:
  // compares: files are there already, and chunks of them that are as in the snapshot are left alone.
  struct Options {
    FileOwner owner;
    bool compares = false;
    std::size_t jobs = 1;
  };
  TreeWriter(const ChainContents& contents, std::vector<TreePlace> places, Options options,
             Progress& progress);

  // What of the trees is missing is made; what is there is no symbolic link and nothing but what it should
  // be.
  void make_directories();
  void write_files();
  // Gives files and directories their modes and makes everything durable.
  void finish();

  [[nodiscard]] std::uint64_t read_bytes() const { return read_; }
  [[nodiscard]] std::uint64_t compared_bytes() const { return compared_; }
  [[nodiscard]] std::uint64_t written_bytes() const { return written_; }

 private:
  // Consecutive chunks of one file: what one thread does at a time.
  struct Part {
    std::size_t file;
    std::size_t first;
    std::size_t count;
  };
  struct File {
    const fs::path* root;
    const TreeFile* file;
    bool changed = false;
    [[nodiscard]] fs::path path() const { return *root / file->path; }
  };
  struct Done {
    std::uint64_t read = 0;
    std::uint64_t compared = 0;
    std::uint64_t written = 0;
    bool changed = false;
  };

  [[nodiscard]] std::vector<Part> parts() const;
  [[nodiscard]] Done write_part(const Part& part) const;
  [[nodiscard]] bool has_chunk(int fd, const Chunk& chunk, std::uint64_t offset, const fs::path& path) const;
  template <typename Action>
  void for_each_file(Action action);
  static void set_mode_of(File& file);
  static void set_modes(const TreePlace& place);
  static void sync_directories(const TreePlace& place);

  const ChainContents& contents_;
  std::vector<TreePlace> places_;
  Options options_;
  Progress& progress_;
  WorkerPool pool_;
  std::vector<File> files_;
  std::uint64_t read_ = 0;
  std::uint64_t compared_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace pitr::postgresql
