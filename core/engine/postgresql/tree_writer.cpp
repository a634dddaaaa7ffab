#include "engine/postgresql/tree_writer.hpp"

#include "base/beneath.hpp"
#include "base/error.hpp"
#include "base/owned_files.hpp"

#include <algorithm>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace pitr::postgresql {

namespace {

// 64 MiB: large files are shared between threads, and no thread waits long for another.
constexpr std::size_t kChunksOfPart = 256;
// Until the end, so that modes stand in nobody's way.
constexpr mode_t kOwnFile = 0600;
constexpr mode_t kOwnDirectory = 0700;
constexpr mode_t kModeBits = 07777;

bool is_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

void set_mode(int fd, std::uint32_t mode, const fs::path& path) {
  if (::fchmod(fd, static_cast<mode_t>(mode)) != 0) throw_errno("set the mode of", path.native());
}

void make_directory(const fs::path& root, const std::string& path) {
  const BeneathParent parent = open_parent_beneath(root, path);
  if (::mkdirat(parent.directory.get(), parent.name.c_str(), kOwnDirectory) != 0 && errno != EEXIST)
    throw_errno("create directory", (root / path).native());
}

void sync_file_system(const fs::path& root) {
  const Fd fd = open_file(root, O_RDONLY | O_DIRECTORY);
  if (::syncfs(fd.get()) != 0) throw_errno("sync the file system of", root.native());
}

}  // namespace

FileOwner owner_of(const fs::path& directory) {
  const struct stat status = stat_of(open_file(directory, O_RDONLY | O_DIRECTORY).get(), directory);
  return {status.st_uid, status.st_gid};
}

TreeWriter::TreeWriter(const ChainContents& contents, std::vector<TreePlace> places, Options options,
                       Progress& progress)
    : contents_(contents),
      places_(std::move(places)),
      options_(options),
      progress_(progress),
      pool_(options.jobs) {
  for (const TreePlace& place : places_) {
    for (const TreeFile& file : place.tree->files) files_.push_back({&place.root, &file});
  }
}

void TreeWriter::make_directories() {
  const OwnedFiles owned(options_.owner.user, options_.owner.group);
  for (const TreePlace& place : places_) {
    for (const ClusterDirectory& directory : place.tree->directories)
      make_directory(place.root, directory.path);
  }
}

// An empty file is a part as well.
std::vector<TreeWriter::Part> TreeWriter::parts() const {
  std::vector<Part> all;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const std::size_t chunks = files_[i].file->file->chunks.size();
    std::size_t first = 0;
    do {
      all.push_back({i, first, std::min(kChunksOfPart, chunks - first)});
      first += kChunksOfPart;
    } while (first < chunks);
  }
  return all;
}

void TreeWriter::write_files() {
  std::uint64_t total = 0;
  for (const TreePlace& place : places_) total += place.tree->size();
  progress_.begin("snapshot", total);
  const auto all = parts();
  ordered_parallel(
      pool_, all.size(), 4 * options_.jobs, [&](std::size_t i) { return write_part(all[i]); },
      [&](std::size_t i, const Done& done) {
        File& file = files_[all[i].file];
        file.changed = file.changed || done.changed;
        read_ += done.read;
        compared_ += done.compared;
        written_ += done.written;
        const auto& chunks = file.file->file->chunks;
        std::uint64_t bytes = 0;
        for (std::size_t c = all[i].first; c < all[i].first + all[i].count; ++c) bytes += chunks[c].size;
        progress_.advance(bytes);
      });
}

TreeWriter::Done TreeWriter::write_part(const Part& part) const {
  const OwnedFiles owned(options_.owner.user, options_.owner.group);
  const File& to = files_[part.file];
  const SnapshotFile& file = *to.file->file;
  const fs::path path = to.path();
  const Fd fd = open_beneath(*to.root, to.file->path, O_RDWR | O_CREAT, kOwnFile);
  const auto size_before = static_cast<std::uint64_t>(stat_of(fd.get(), path).st_size);
  Done done;
  done.changed = !options_.compares || size_before != file.size;
  if (size_before != file.size) truncate_file(fd.get(), file.size, path);
  for (std::size_t i = part.first; i < part.first + part.count; ++i) {
    const Chunk& chunk = file.chunks[i];
    const std::uint64_t offset = std::uint64_t{i} * kChunkSize;
    if (options_.compares && offset < size_before) {
      done.compared += chunk.size;
      if (has_chunk(fd.get(), chunk, offset, path)) continue;
    } else if (!chunk.pack) {
      continue;  // a hole
    }
    const Bytes bytes = chunk.pack ? contents_.read_chunk(chunk) : Bytes(chunk.size);
    write_all_at(fd.get(), bytes, offset, path);
    if (chunk.pack) done.read += bytes.size();
    done.written += bytes.size();
    done.changed = true;
  }
  // Only a start: finish() waits for it.
  if (done.written > 0) ::sync_file_range(fd.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  return done;
}

bool TreeWriter::has_chunk(int fd, const Chunk& chunk, std::uint64_t offset, const fs::path& path) const {
  Bytes there(chunk.size);
  if (read_at(fd, there, offset, path) != chunk.size) return false;
  return chunk.pack ? contents_.is_chunk(chunk, there) : is_zero(there);
}

// One sync of everything makes that of each file cheap. It is not enough: not every kernel tells of errors
// then.
void TreeWriter::finish() {
  progress_.begin("sync", 0);
  for_each_file([](File& file) { set_mode_of(file); });
  for (const TreePlace& place : places_) set_modes(place);
  for (const TreePlace& place : places_) sync_file_system(place.root);
  for_each_file([](File& file) {
    if (file.changed) sync_file(open_beneath(*file.root, file.file->path, O_RDONLY).get(), file.path());
  });
  for (const TreePlace& place : places_) sync_directories(place);
}

template <typename Action>
void TreeWriter::for_each_file(Action action) {
  ordered_parallel(
      pool_, files_.size(), 4 * options_.jobs,
      [&](std::size_t i) {
        action(files_[i]);
        return true;
      },
      [](std::size_t, bool) {});
}

void TreeWriter::set_mode_of(File& file) {
  const Fd fd = open_beneath(*file.root, file.file->path, O_RDONLY);
  const std::uint32_t mode = file.file->file->mode;
  if ((stat_of(fd.get(), file.path()).st_mode & kModeBits) == mode) return;
  set_mode(fd.get(), mode, file.path());
  file.changed = true;
}

// Children first: a parent's mode may shut us out.
void TreeWriter::set_modes(const TreePlace& place) {
  const auto& directories = place.tree->directories;
  for (auto directory = directories.rbegin(); directory != directories.rend(); ++directory) {
    const Fd fd = open_beneath(place.root, directory->path, O_RDONLY | O_DIRECTORY);
    set_mode(fd.get(), directory->mode, place.root / directory->path);
  }
}

void TreeWriter::sync_directories(const TreePlace& place) {
  for (const ClusterDirectory& directory : place.tree->directories) {
    const Fd fd = open_beneath(place.root, directory.path, O_RDONLY | O_DIRECTORY);
    sync_file(fd.get(), place.root / directory.path);
  }
  sync_directory(place.root);
}

}  // namespace pitr::postgresql
