#include "engine/postgresql/shipping.hpp"

#include "base/error.hpp"
#include "base/large_buffer.hpp"
#include "engine/postgresql/control_file.hpp"
#include "engine/postgresql/history.hpp"
#include "engine/postgresql/live_server.hpp"
#include "engine/postgresql/segment_data.hpp"
#include "engine/postgresql/segment_scan.hpp"
#include "engine/postgresql/stored_segment.hpp"
#include "engine/postgresql/wal_format.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include <boost/filesystem/operations.hpp>
#include <fcntl.h>
#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

constexpr std::string_view kReady = ".ready";

Bytes read_up_to(int fd, std::size_t size, const fs::path& path) {
  Bytes bytes(size);
  bytes.resize(read_at(fd, bytes, 0, path));
  return bytes;
}

struct LogFile {
  Fd fd;
  std::size_t size;
};

// Never more than the largest segment: a file may be anything.
LogFile open_log_file(const fs::path& path) {
  Fd fd = open_file(path, O_RDONLY | O_NONBLOCK);
  const struct stat state = stat_of(fd.get(), path);
  if (!S_ISREG(state.st_mode)) throw Error(Errc::usage, fmt::format("{} is not a file", path.native()));
  const auto size = static_cast<std::uint64_t>(state.st_size);
  if (size > kMaxSegmentSize) {
    throw Error(Errc::corrupt,
                fmt::format("{} has {} bytes, more than any segment has", path.native(), size));
  }
  return {std::move(fd), size};
}

LargeBuffer read_segment_file(const fs::path& path) {
  const LogFile file = open_log_file(path);
  LargeBuffer buffer(file.size);
  buffer.shrink(read_at(file.fd.get(), buffer.bytes(), 0, path));
  return buffer;
}

ClusterIdentity identity_in(const SegmentHeader& header) {
  return {header.system_identifier, header.segment_size, header.major};
}

class Segment : public ShippedSegment {
 public:
  Segment(const fs::path& path, const SegmentName& name)
      : name_(name),
        what_(path.native()),
        raw_(read_segment_file(path)),
        scan_(scan_segment(raw_.bytes(), name, what_)) {}

  [[nodiscard]] TimelineId timeline() const override { return name_.timeline; }
  [[nodiscard]] SegmentNumber number() const override {
    return {scan_.header.page.address.value / scan_.header.segment_size};
  }
  [[nodiscard]] ByteView raw() const override { return raw_.bytes(); }
  [[nodiscard]] Json identity() const override { return to_json(identity_in(scan_.header)); }
  [[nodiscard]] SegmentManifest manifest(const SegmentManifest* before) const override {
    StateBefore state;
    if (before != nullptr) {
      SegmentData data = segment_data(*before);
      state = {std::move(data.leaves), data.next_xid_out};
    }
    return describe_segment(scan_, name_, state, what_).manifest;
  }

 private:
  SegmentName name_;
  std::string what_;
  LargeBuffer raw_;
  SegmentScan scan_;
};

ShippedName::Kind kind_of(LogFileKind kind) {
  switch (kind) {
    case LogFileKind::segment:
      return ShippedName::Kind::segment;
    case LogFileKind::history:
      return ShippedName::Kind::history;
    case LogFileKind::partial:
    case LogFileKind::backup_history:
      break;
  }
  return ShippedName::Kind::other;
}

// PostgreSQL hands over what is oldest first, but histories before all else.
bool is_handed_over_before(const ShippedName& a, const ShippedName& b) {
  const auto rank = [](const ShippedName& name) {
    return std::tuple(name.kind != ShippedName::Kind::history, std::string_view(name.text));
  };
  return rank(a) < rank(b);
}

ClusterIdentity identity_of(const Json& identity) {
  return identity_from_json(identity, "the source of a timeline");
}

// The cluster that a log directory belongs to; nothing where it does not lie in a data directory.
std::optional<ClusterIdentity> cluster_in(const fs::path& data_directory) {
  constexpr std::size_t kVersionSize = 3;
  const fs::path control_path = data_directory / kControlFilePath;
  const fs::path version_path = data_directory / "PG_VERSION";
  const auto control_file = open_if_exists(control_path, O_RDONLY | O_NONBLOCK);
  const auto version_file = open_if_exists(version_path, O_RDONLY | O_NONBLOCK);
  if (!control_file || !version_file) return std::nullopt;
  const ControlFile control = parse_control_file(
      read_up_to(control_file->get(), kControlFileSize, control_path), control_path.native());
  const Bytes version = read_up_to(version_file->get(), kVersionSize, version_path);
  int major = 0;
  std::from_chars(as_text(version).data(), as_text(version).data() + version.size(), major);
  return ClusterIdentity{control.system_identifier, control.wal_segment_size, major};
}

class PostgresqlShipping : public LogShipping {
 public:
  [[nodiscard]] std::optional<ShippedName> parse_name(std::string_view name) const override {
    const auto parsed = parse_log_file_name(name);
    if (!parsed) return std::nullopt;
    return ShippedName{kind_of(parsed->kind), parsed->segment.timeline, std::string(name)};
  }

  [[nodiscard]] std::unique_ptr<ShippedSegment> read_segment(const fs::path& path,
                                                             const ShippedName& name) const override {
    return std::make_unique<Segment>(path, parse_log_file_name(name.text)->segment);
  }

  [[nodiscard]] std::vector<Ancestor> parse_history(std::string_view text, TimelineId timeline,
                                                    const std::string& what) const override {
    return postgresql::parse_history(text, timeline, what);
  }

  [[nodiscard]] std::string history_name(TimelineId timeline) const override {
    return fmt::format("{:08X}.history", timeline.value);
  }

  [[nodiscard]] SegmentNumber number_of(const ShippedName& segment, const Json& identity) const override {
    const std::uint32_t size = identity_of(identity).segment_size;
    const auto start = parse_log_file_name(segment.text)->segment.start(size);
    if (!start) {
      throw Error(Errc::corrupt,
                  fmt::format("{} cannot be the name of a segment of {} bytes", segment.text, size));
    }
    return {start->value / size};
  }

  [[nodiscard]] SegmentNumber number_at(Lsn lsn, const Json& identity) const override {
    return {lsn.value / identity_of(identity).segment_size};
  }

  [[nodiscard]] ShippedName segment_name(TimelineId timeline, SegmentNumber number,
                                         const Json& identity) const override {
    const std::uint32_t size = identity_of(identity).segment_size;
    return {ShippedName::Kind::segment, timeline,
            postgresql::segment_name(timeline, {number.value * size}, size).text()};
  }

  [[nodiscard]] std::optional<std::string> difference(const Json& recorded,
                                                      const Json& found) const override {
    const ClusterIdentity ours = identity_of(recorded);
    const ClusterIdentity theirs = identity_of(found);
    if (ours.system_identifier != theirs.system_identifier) {
      return fmt::format("its system identifier is {}, and that of what is archived {}",
                         theirs.system_identifier, ours.system_identifier);
    }
    if (ours.segment_size != theirs.segment_size) {
      return fmt::format("its segments have {} bytes, and those that are archived {}", theirs.segment_size,
                         ours.segment_size);
    }
    return std::nullopt;
  }

  [[nodiscard]] Bytes read_file(const fs::path& path, const ShippedName& name) const override {
    const LogFile file = open_log_file(path);
    Bytes raw = read_up_to(file.fd.get(), file.size, path);
    const LogFileName parsed = *parse_log_file_name(name.text);
    if (parsed.kind == LogFileKind::history) {
      postgresql::parse_history(as_text(raw), name.timeline, path.native());
    } else if (parsed.kind == LogFileKind::partial) {
      const SegmentHeader header = parse_segment_header(raw, path.native());
      check_segment_name(header, raw, parsed.segment, path.native());
    } else if (raw.empty()) {
      throw Error(Errc::corrupt, fmt::format("{} is empty", path.native()));
    }
    return raw;
  }

  [[nodiscard]] std::optional<Json> identity_of_file(const fs::path& file, const ShippedName& name,
                                                     ByteView raw) const override {
    if (parse_log_file_name(name.text)->kind == LogFileKind::partial)
      return to_json(identity_in(parse_segment_header(raw, file.native())));
    // pg_wal may be a link; its name leads to the data directory, its target does not.
    const fs::path log = file.parent_path();
    const auto cluster = cluster_in(log.has_parent_path() ? log.parent_path() : fs::path("."));
    if (!cluster) return std::nullopt;
    return to_json(*cluster);
  }

  [[nodiscard]] std::unique_ptr<LiveServer> connect(const std::string& source) const override {
    return postgresql::connect(source);
  }
  [[nodiscard]] std::unique_ptr<ServerBackup> begin_backup(const std::string& source,
                                                           bool fast) const override {
    return postgresql::begin_backup(source, fast);
  }

  [[nodiscard]] std::vector<ShippedName> waiting_beside(const fs::path& file,
                                                        std::size_t limit) const override {
    const fs::path directory = file.parent_path();
    std::vector<ShippedName> names;
    boost::system::error_code error;
    for (fs::directory_iterator it(directory / "archive_status", error), end; !error && it != end;
         it.increment(error)) {
      const std::string entry = it->path().filename().native();
      if (!entry.ends_with(kReady)) continue;
      auto name = parse_name(std::string_view(entry).substr(0, entry.size() - kReady.size()));
      if (name && name->text != file.filename().native()) names.push_back(std::move(*name));
    }
    const auto last = names.begin() + static_cast<std::ptrdiff_t>(std::min(limit, names.size()));
    std::partial_sort(names.begin(), last, names.end(), is_handed_over_before);
    names.erase(last, names.end());
    return names;
  }
};

}  // namespace

const LogShipping& shipping() {
  static const PostgresqlShipping instance;
  return instance;
}

}  // namespace pitr::postgresql
