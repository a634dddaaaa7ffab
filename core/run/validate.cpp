#include "run/validate.hpp"

#include "base/worker_pool.hpp"
#include "plan/snapshot_log.hpp"
#include "plan/windows.hpp"
#include "repo/names.hpp"
#include "repo/repository.hpp"
#include "repo/snapshot_reader.hpp"
#include "run/engines.hpp"
#include "run/source_comparison.hpp"
#include "run/source_key.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

constexpr std::size_t kReadSize = std::size_t{256} * 1024;

// A piece of the repository to be read, on any thread; what it throws becomes a finding about `object`.
struct ReadTask {
  std::string object;
  std::uint64_t bytes = 0;
  std::function<void()> read;
};

void drain(ByteSource& source) {
  std::array<std::byte, kReadSize> buffer{};
  while (source.read(buffer) != 0) {
  }
}

class Validation {
 public:
  Validation(const Context& context, const ValidateRequest& request)
      : context_(context),
        request_(request),
        repository_(Repository::open(open_store(context.repository_url, false))),
        engine_(engine_named(repository_.document().engine)),
        key_(source_key(context, engine_)) {}

  ValidateReport run() {
    const auto start = std::chrono::steady_clock::now();
    report_.repository = repository_.document().id;
    report_.level = request_.level;
    catalogue_ = repository_.load_catalogue();
    for (const auto& [id, timeline] : catalogue_.timelines) {
      repository_.load_manifests(catalogue_, id, timeline.segments, context_.jobs);
    }
    check_documents();
    check_segments();
    check_snapshots();
    check_continuity();
    check_restore_points();
    if (request_.level != ValidateLevel::chain) read_everything();
    if (request_.source) compare_source();
    report_.duration = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start);
    return std::move(report_);
  }

 private:
  void find(Errc code, std::string object, std::string message) {
    report_.findings.push_back({code, std::move(object), std::move(message)});
  }

  void check_documents() {
    report_.objects = 1 + catalogue_.restore_points.size() + catalogue_.damaged.size();
    for (const Damage& damage : catalogue_.damaged) find(Errc::corrupt, damage.object, damage.problem);
    for (const std::string& name : catalogue_.unknown_objects) {
      report_.notes.push_back(fmt::format("{} is not an object of this repository's format", name));
    }
    for (const auto& [id, timeline] : catalogue_.timelines) {
      if (timeline.document) ++report_.objects;
      if (!timeline.document || !timeline.document->parent) continue;
      if (catalogue_.timeline(*timeline.document->parent) == nullptr) {
        find(Errc::corrupt, timeline_key(*timeline.document->parent),
             fmt::format("missing: timeline {} forks off it", id.value));
      }
    }
  }

  void check_segments() {
    for_each_segment([&](TimelineId timeline, const SegmentEntry& entry, const Catalogue::Loaded& loaded) {
      ++report_.objects;
      ++report_.segments;
      if (!loaded.manifest) {
        find(Errc::corrupt, segment_key(timeline, entry.number, entry.last_number), loaded.problem);
        return;
      }
      if (loaded.manifest->snapshot) named_snapshots_.insert(*loaded.manifest->snapshot);
      add_remarks(*loaded.manifest);
    });
  }

  void add_remarks(const SegmentManifest& manifest) {
    for (std::string& remark : engine_.remarks(manifest)) {
      if (known_remarks_.insert(remark).second) report_.remarks.push_back(std::move(remark));
    }
  }

  void check_snapshots() {
    std::set<std::string> known_packs;
    for (const SnapshotManifest& snapshot : catalogue_.snapshots) {
      ++report_.objects;
      ++report_.snapshots;
      for (const PackReference& pack : snapshot.packs) {
        if (!known_packs.insert(pack.name).second) continue;
        check_pack(pack, snapshot.id);
      }
    }
    report_.objects += catalogue_.packs.size();
    for (const std::string& id : named_snapshots_) {
      if (catalogue_.snapshot(id) != nullptr || is_damaged(snapshot_key(id))) continue;
      find(Errc::corrupt, snapshot_key(id), "missing: a segment says that it was stored");
    }
    note_packs_of_no_snapshot(known_packs);
  }

  [[nodiscard]] bool is_damaged(const std::string& object) const {
    return std::any_of(catalogue_.damaged.begin(), catalogue_.damaged.end(),
                       [&](const Damage& damage) { return damage.object == object; });
  }

  void check_pack(const PackReference& pack, const std::string& snapshot) {
    const auto size = repository_.store().size_of(pack.name);
    if (!size) {
      find(Errc::corrupt, pack.name, fmt::format("missing: snapshot {} needs it", snapshot));
    } else if (*size != pack.object_size) {
      find(Errc::corrupt, pack.name, fmt::format("it has {} bytes and not {}", *size, pack.object_size));
    }
  }

  // What a snapshot that did not come to its end left: harmless.
  void note_packs_of_no_snapshot(const std::set<std::string>& known) {
    std::size_t count = 0;
    for (const PackEntry& pack : catalogue_.packs) count += known.contains(pack.name) ? 0 : 1;
    if (count > 0)
      report_.notes.push_back(
          fmt::format("{} packs belong to no snapshot: left by snapshots that were not finished", count));
  }

  void check_continuity() {
    const Survey seen = survey(catalogue_);
    report_.windows = seen.windows.size();
    for (const Gap& gap : seen.gaps) {
      find(Errc::wal_gap,
           gap.first_missing ? segment_key(gap.timeline, *gap.first_missing, *gap.first_missing) : "",
           fmt::format("gap on timeline {}{}{}: {}", gap.timeline.value, bound(" after LSN ", gap.start),
                       bound(" before LSN ", gap.end), gap.reason));
    }
    for (const LinkConflict& conflict : seen.conflicts) {
      find(Errc::log_conflict, segment_key(conflict.timeline, conflict.segment, conflict.segment),
           conflict.message);
    }
    check_snapshot_logs();
  }

  // What is wrong with the log itself has been told: this is what comes of it.
  void check_snapshot_logs() {
    for (const SnapshotWithoutLog& broken : snapshots_without_log(catalogue_)) {
      const SnapshotManifest& snapshot = *broken.snapshot;
      find(broken.code, snapshot_key(snapshot.id),
           fmt::format(
               "cannot be restored: it needs the log from LSN {} to {}, which is whole up to {} only: {}",
               format_lsn(snapshot.start_lsn, catalogue_.notation),
               format_lsn(snapshot.consistent_lsn, catalogue_.notation),
               format_lsn(broken.log_end, catalogue_.notation), broken.reason));
    }
  }

  // A point was made when its position was archived: beyond the end of the log it tells that the newest
  // segments are gone, which their names cannot.
  void check_restore_points() {
    for (const RestorePoint& point : catalogue_.restore_points) {
      const TimelineEntry* timeline = catalogue_.timeline(point.timeline);
      if (timeline == nullptr || timeline->segments.empty()) continue;
      const SegmentEntry& last = timeline->segments.back();
      const auto& manifest = catalogue_.loaded(point.timeline, last)->manifest;
      if (!manifest || point.point.lsn <= manifest->end_lsn) continue;
      const SegmentNumber next{last.last_number.value + 1};
      find(Errc::wal_gap, segment_key(point.timeline, next, next),
           fmt::format("the log of timeline {} ends at LSN {}, before restore point {} at LSN {}: its newest "
                       "segments are missing",
                       point.timeline.value, format_lsn(manifest->end_lsn, catalogue_.notation), point.name,
                       format_lsn(point.point.lsn, catalogue_.notation)));
    }
  }

  [[nodiscard]] std::string bound(const char* word, const std::optional<Point>& point) const {
    return point ? word + format_lsn(point->lsn, catalogue_.notation) : std::string();
  }

  void read_everything() {
    std::vector<ReadTask> tasks;
    for_each_segment([&](TimelineId timeline, const SegmentEntry& entry, const Catalogue::Loaded& loaded) {
      if (!loaded.manifest) return;
      tasks.push_back({segment_key(timeline, entry.number, entry.last_number),
                       loaded.manifest->payload.stored_size,
                       [this, &manifest = *loaded.manifest] { read_segment(manifest); }});
    });
    std::map<std::string, PackReference> packs;
    for (const SnapshotManifest& snapshot : catalogue_.snapshots) {
      tasks.push_back({snapshot_key(snapshot.id), snapshot.table.stored_size,
                       [this, &snapshot] { read_snapshot(snapshot); }});
      for (const PackReference& pack : snapshot.packs) packs.try_emplace(pack.name, pack);
    }
    for (const auto& [name, pack] : packs) {
      if (!catalogue_has_pack(name)) continue;
      tasks.push_back({name, pack.object_size, [this, &wanted = pack] { verify_pack(repository_, wanted); }});
    }
    run_tasks(tasks);
  }

  [[nodiscard]] bool catalogue_has_pack(const std::string& name) const {
    return repository_.store().size_of(name).has_value();
  }

  void read_segment(const SegmentManifest& manifest) const {
    const auto source = repository_.open_segment(manifest);
    if (request_.level == ValidateLevel::records) {
      static_cast<void>(engine_.scan(manifest, *source, key_ ? &*key_ : nullptr));
    } else {
      drain(*source);
    }
  }

  // Reading the file table checks it; at the last level every chunk is decoded as well.
  void read_snapshot(const SnapshotManifest& snapshot) const {
    const SnapshotReader reader(repository_, snapshot);
    if (request_.level != ValidateLevel::records) return;
    for (const SnapshotFile& file : reader.table().files) {
      for (const Chunk& chunk : file.chunks) static_cast<void>(reader.read_chunk(chunk));
    }
  }

  void run_tasks(const std::vector<ReadTask>& tasks) {
    std::uint64_t total = 0;
    for (const ReadTask& task : tasks) total += task.bytes;
    context_.progress.begin("validate", total);
    WorkerPool pool(context_.jobs);
    ordered_parallel(
        pool, tasks.size(), 2 * context_.jobs,
        [&](std::size_t i) -> std::optional<Finding> {
          try {
            tasks[i].read();
            return std::nullopt;
          } catch (const Error& error) {
            return Finding{error.code(), tasks[i].object, error.what()};
          }
        },
        [&](std::size_t i, std::optional<Finding> finding) {
          if (finding) report_.findings.push_back(std::move(*finding));
          report_.bytes_read += tasks[i].bytes;
          context_.progress.advance(tasks[i].bytes);
        });
    context_.progress.end();
  }

  void compare_source() {
    report_.source.emplace();
    const ArchivedDatabase database{repository_, engine_, key_ ? &*key_ : nullptr};
    auto findings = compare_with_source(context_, database, catalogue_, *request_.source, *report_.source);
    std::move(findings.begin(), findings.end(), std::back_inserter(report_.findings));
  }

  template <typename Visit>
  void for_each_segment(Visit visit) const {
    for (const auto& [id, timeline] : catalogue_.timelines) {
      for (const SegmentEntry& entry : timeline.segments) visit(id, entry, *catalogue_.loaded(id, entry));
    }
  }

  const Context& context_;
  const ValidateRequest& request_;
  Repository repository_;
  const Engine& engine_;
  Catalogue catalogue_;
  std::optional<SourceKey> key_;
  std::set<std::string> named_snapshots_;
  std::set<std::string> known_remarks_;
  ValidateReport report_;
};

}  // namespace

ValidateReport validate(const Context& context, const ValidateRequest& request) {
  return Validation(context, request).run();
}

}  // namespace pitr
