#include "run/prefetch_spool.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace pitr {

namespace {

constexpr const char* kLock = "lock";
constexpr std::string_view kPart = "part";
// As the server's own: its umask decides whether the group may read.
constexpr mode_t kFileMode = 0640;
constexpr mode_t kPrivate = 0700;
constexpr std::size_t kPiece = std::size_t{1024} * 1024;

// A writer may hang with its store; then the store is asked once more.
constexpr std::chrono::seconds kPatience(30);
constexpr std::chrono::milliseconds kPoll(2);

std::string_view next_field(std::string_view& rest) {
  const auto field = rest.substr(0, rest.find('.'));
  rest.remove_prefix(std::min(rest.size(), field.size() + 1));
  return field;
}

template <typename Value>
std::optional<Value> parse_hex(std::string_view text) {
  Value value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Digest> parse_digest(std::string_view text) {
  try {
    return Digest::from_hex(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

bool try_lock(const Fd& fd, int operation, const fs::path& path) {
  if (::flock(fd.get(), operation | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK && errno != EINTR) throw_errno("lock", path.native());
  return false;
}

class DescriptorSink : public ByteSink {
 public:
  DescriptorSink(const Fd& fd, const fs::path& path) : fd_(fd), path_(path) {}
  void write(ByteView bytes) override { write_all(fd_.get(), bytes, path_); }

 private:
  const Fd& fd_;
  const fs::path& path_;
};

}  // namespace

std::string spool_file_name(const SpooledSegment& segment) {
  return fmt::format("{}.{:08x}.{:016x}.{}.{}", segment.name, segment.timeline.value, segment.number.value,
                     segment.repository, segment.digest ? segment.digest->hex() : std::string(kPart));
}

std::optional<SpooledSegment> parse_spool_file_name(std::string_view file_name) {
  std::string_view rest = file_name;
  SpooledSegment segment;
  segment.name = next_field(rest);
  const auto timeline = parse_hex<std::uint32_t>(next_field(rest));
  const auto number = parse_hex<std::uint64_t>(next_field(rest));
  segment.repository = next_field(rest);
  if (!timeline || !number) return std::nullopt;
  segment.timeline = {*timeline};
  segment.number = {*number};
  if (rest != kPart) segment.digest = parse_digest(rest);
  if (spool_file_name(segment) != file_name) return std::nullopt;
  return segment;
}

std::optional<PrefetchSpool> PrefetchSpool::open(const fs::path& path) {
  auto directory = open_if_exists(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!directory) return std::nullopt;
  const struct stat status = stat_of(directory->get(), path);
  if (status.st_uid != ::geteuid() || (status.st_mode & 0777U) != kPrivate) {
    throw Error(Errc::io_error, fmt::format("{} is not a folder of our own", path.native()),
                "remove it; log that recovery will need is kept in it for a moment");
  }
  return PrefetchSpool(path, std::move(*directory));
}

PrefetchSpool PrefetchSpool::open_or_create(const fs::path& path) {
  if (::mkdir(path.c_str(), kPrivate) != 0 && errno != EEXIST) throw_errno("create directory", path.native());
  auto spool = open(path);
  if (!spool) throw_errno(ENOENT, "open directory", path.native());
  return std::move(*spool);
}

std::vector<std::string> PrefetchSpool::file_names() const {
  const int listed = ::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (listed < 0) throw_errno("list", path_.native());
  const std::unique_ptr<DIR, CloseDirectory> entries(::fdopendir(listed));
  if (entries == nullptr) {
    ::close(listed);
    throw_errno("list", path_.native());
  }
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* const entry = ::readdir(entries.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) throw_errno("list", path_.native());
  return names;
}

std::vector<SpooledSegment> PrefetchSpool::segments() const {
  std::vector<SpooledSegment> found;
  for (const std::string& name : file_names()) {
    if (auto segment = parse_spool_file_name(name)) found.push_back(std::move(*segment));
  }
  return found;
}

// The whole one, if there are both.
std::optional<SpooledSegment> PrefetchSpool::find(std::string_view name, std::string_view repository) const {
  std::optional<SpooledSegment> found;
  for (SpooledSegment& segment : segments()) {
    if (segment.name != name || segment.repository != repository) continue;
    if (!found || segment.digest) found = std::move(segment);
  }
  return found;
}

std::optional<SpooledSegment> PrefetchSpool::take(std::string_view name, std::string_view repository,
                                                  const fs::path& to) const {
  auto segment = find(name, repository);
  // Who reads a directory while an entry is renamed may see neither name.
  if (!segment) segment = find(name, repository);
  if (segment && !segment->digest && wait_until_written(*segment)) segment = find(name, repository);
  if (!segment || !segment->digest) return std::nullopt;
  const std::string file_name = spool_file_name(*segment);
  if (!is_what_it_says(*segment)) {
    unlink(file_name);
    return std::nullopt;
  }
  if (::renameat(directory_.get(), file_name.c_str(), AT_FDCWD, to.c_str()) != 0)
    throw_errno("create", to.native());
  return segment;
}

Fd PrefetchSpool::open_entry(const std::string& file_name, int flags) const {
  return Fd(::openat(directory_.get(), file_name.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

bool PrefetchSpool::is_what_it_says(const SpooledSegment& segment) const {
  const Fd fd = open_entry(spool_file_name(segment), O_RDONLY);
  if (!fd.is_open() || !S_ISREG(stat_of(fd.get(), path_).st_mode)) return false;
  DigestStream digest;
  Bytes piece(kPiece);
  std::uint64_t offset = 0;
  while (const std::size_t got = read_at(fd.get(), piece, offset, path_)) {
    digest.update(ByteView(piece).first(got));
    offset += got;
  }
  return digest.digest() == segment.digest;
}

bool PrefetchSpool::wait_until_written(const SpooledSegment& segment) const {
  const std::string part = spool_file_name(segment);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  const auto is_over = [&] {
    const Fd fd = open_entry(part, O_RDONLY);
    // Its writer may have made it, and not locked it yet.
    return !fd.is_open() || (try_lock(fd, LOCK_SH, path_) && !is_being_filled());
  };
  while (!is_over()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

void PrefetchSpool::unlink(const std::string& file_name) const noexcept {
  ::unlinkat(directory_.get(), file_name.c_str(), 0);
}

void PrefetchSpool::remove_unless(const std::function<bool(const SpooledSegment&)>& is_wanted) const {
  for (const SpooledSegment& segment : segments()) {
    if (segment.digest && !is_wanted(segment)) unlink(spool_file_name(segment));
  }
}

bool PrefetchSpool::is_being_filled() const {
  const Fd lock = open_entry(kLock, O_RDONLY);
  return lock.is_open() && !try_lock(lock, LOCK_SH, path_);
}

void PrefetchSpool::remove() const {
  // Without its lock, whoever fills it knows that it is abandoned.
  unlink(kLock);
  for (const std::string& name : file_names()) unlink(name);
  remove_if_empty();
}

void PrefetchSpool::remove_if_empty() const noexcept { ::rmdir(path_.c_str()); }

std::optional<PrefetchSpool::Filling> PrefetchSpool::begin_filling() const {
  Fd lock(::openat(directory_.get(), kLock, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  if (!lock.is_open()) throw_errno("create", (path_ / kLock).native());
  if (!try_lock(lock, LOCK_EX, path_)) return std::nullopt;
  Filling filling(*this, std::move(lock));
  if (filling.is_abandoned()) return std::nullopt;
  for (const std::string& name : file_names()) {
    const auto segment = parse_spool_file_name(name);
    if (name != kLock && (!segment || !segment->digest)) unlink(name);
  }
  return filling;
}

bool PrefetchSpool::Filling::is_abandoned() const { return stat_of(lock_.get(), spool_.path_).st_nlink == 0; }

bool PrefetchSpool::Filling::add(const SpooledSegment& segment, const Source& write) const {
  SpooledSegment written = segment;
  written.digest.reset();
  const std::string part = spool_file_name(written);
  const int directory = spool_.directory_.get();
  const Fd fd(
      ::openat(directory, part.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!fd.is_open()) throw_errno("create", (spool_.path_ / part).native());
  try {
    // A reader that found it too early has the lock for a moment.
    if (::flock(fd.get(), LOCK_EX) != 0) throw_errno("lock", (spool_.path_ / part).native());
    DescriptorSink sink(fd, spool_.path_);
    written.digest = write(sink);
    const std::string whole = spool_file_name(written);
    if (::renameat(directory, part.c_str(), directory, whole.c_str()) != 0)
      throw_errno("create", (spool_.path_ / whole).native());
    if (!is_abandoned()) return true;
    spool_.unlink(whole);
    return false;
  } catch (...) {
    spool_.unlink(part);
    if (is_abandoned()) return false;
    throw;
  }
}

}  // namespace pitr
