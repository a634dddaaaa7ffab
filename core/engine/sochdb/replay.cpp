#include "engine/sochdb/replay.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/owned_files.hpp"
#include "base/random.hpp"
#include "engine/publication.hpp"
#include "engine/sochdb/archived_log.hpp"
#include "engine/sochdb/frame_formats.hpp"
#include "engine/sochdb/live_database.hpp"
#include "engine/sochdb/log_reader.hpp"
#include "engine/sochdb/wal_manifest.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

namespace pitr::sochdb {

namespace {

constexpr std::size_t kUuidBytes = 16;
constexpr mode_t kOwnerOnly = 0600;
constexpr std::uint64_t kSyncStep = std::uint64_t{16} * 1024 * 1024;

using Clock = std::chrono::steady_clock;

Duration elapsed_since(Clock::time_point start) {
  return std::chrono::duration_cast<Duration>(Clock::now() - start);
}

// Writes what it hands on.
class Tee : public ByteSource {
 public:
  Tee(ByteSource& source, const fs::path& path, std::uint32_t mode, Progress& progress)
      : source_(source),
        path_(path),
        fd_(open_file(path, O_WRONLY | O_CREAT | O_EXCL, mode)),
        progress_(progress) {}

  std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t size = source_.read(buffer);
    write_all(fd_.get(), buffer.first(size), path_);
    written_ += size;
    if (written_ - started_ >= kSyncStep) {
      // Only a start: finish() waits for it.
      ::sync_file_range(fd_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
      started_ = written_;
    }
    progress_.advance(size);
    return size;
  }

  std::uint64_t finish() {
    sync_file(fd_.get(), path_);
    return written_;
  }

 private:
  ByteSource& source_;
  const fs::path& path_;
  Fd fd_;
  Progress& progress_;
  std::uint64_t written_ = 0;
  std::uint64_t started_ = 0;  // of it, to be made durable
};

// What is restored: records (from, to], the first of which is the first of its file.
struct Range {
  Lsn from;
  Lsn to;
};

// Encrypted generations cannot be put together: each record is sealed with its number in the file.
Range range_of(const ReplayRequest& request, const SegmentData& end) {
  const bool is_generation_only = request.recovery.generation_only || end.facts.keyring;
  return {is_generation_only ? end.generation.start : end.generation.view, request.stop};
}

class Replay {
 public:
  explicit Replay(const ReplayRequest& request)
      : request_(request),
        end_(data_at_end(request.contents)),
        range_(range_of(request, end_)),
        staging_(request.staging_directory),
        keystone_(staging_ / kWalManifestName) {}

  ReplayResult run() {
    const OwnedFiles owned(stat_of_target().st_uid, stat_of_target().st_gid);
    hold_place({request_.target_directory, staging_}, keystone_, place());
    write_log();
    const auto start = Clock::now();
    request_.progress.begin("sync", 0);
    if (end_.facts.keyring) write_text(staging_ / kKeyringName, *end_.facts.keyring, kOwnerOnly);
    write_text(keystone_, manifest_text(), mode());
    RestoreMark mark = request_.mark;
    mark.file = kLogName;
    write_restore_mark(request_.target_directory, mark);
    publish({{request_.target_directory, staging_}}, keystone_, place());
    result_.sync_time = elapsed_since(start);
    request_.progress.end();
    return std::move(result_);
  }

 private:
  [[nodiscard]] fs::path place() const { return request_.target_directory / kWalManifestName; }

  [[nodiscard]] mode_t mode() const { return request_.contents.files().files.at(0).mode; }

  [[nodiscard]] struct stat stat_of_target() const {
    const Fd fd = open_file(request_.target_directory, O_RDONLY | O_DIRECTORY);
    return stat_of(fd.get(), request_.target_directory);
  }

  void write_log() {
    const auto start = Clock::now();
    const ChainContents& contents = request_.contents;
    request_.progress.begin("log", 0);
    const auto archived = open_archived_log(contents, range_.from, range_.to);
    const fs::path path = staging_ / kLogName;
    Tee tee(*archived, path, mode(), request_.progress);
    const auto format = frame_format_of(end_.facts.keyring, request_.key, "the keyring archived");
    LogReader reader(tee, *format);
    while (const auto record = reader.next()) count(*record);
    const bool is_whole = reader.stop().end == LogEnd::whole;
    if (!is_whole || result_.records != range_.to.value - range_.from.value) {
      throw Error(
          Errc::corrupt,
          fmt::format("the archived log between LSN {} and {} is not whole: {} records of it can be read",
                      range_.from.value, range_.to.value, result_.records),
          "'pitrctl validate --level records' shows where");
    }
    result_.size = result_.written_bytes = tee.finish();
    if (range_.from < contents.snapshot().consistent_lsn) result_.snapshot_bytes = contents.snapshot().size;
    for (const ChainSegment& segment : contents.segments()) {
      if (segment.to > range_.from) result_.log_bytes += segment.manifest.payload.size;
    }
    result_.log_time = elapsed_since(start);
  }

  void count(const LogRecord& entry) {
    ++result_.records;
    if (!entry.record) return;
    if (entry.record->type == RecordType::commit) ++result_.transactions;
    if (entry.record->type == RecordType::checkpoint) last_checkpoint_ = entry.start.lsn.value;
  }

  // With it there, SochDB does not truncate what was restored.
  [[nodiscard]] std::string manifest_text() const {
    return format_wal_manifest({end_.facts.database.value_or(random_hex(kUuidBytes)), last_checkpoint_});
  }

  static void write_text(const fs::path& path, const std::string& text, mode_t mode) {
    AtomicFile file(path, mode);
    file.write(as_bytes(text));
    file.commit_replacing();
  }

  const ReplayRequest& request_;
  SegmentData end_;
  Range range_;
  fs::path staging_;
  fs::path keystone_;
  std::uint64_t last_checkpoint_ = 0;
  ReplayResult result_;
};

}  // namespace

ReplayResult replay(const ReplayRequest& request) { return Replay(request).run(); }

std::uint64_t space_needed(const ChainContents& contents) {
  std::uint64_t size = contents.snapshot().size;
  for (const ChainSegment& segment : contents.segments()) size += segment.manifest.payload.size;
  return size;
}

}  // namespace pitr::sochdb
