#include "repo/catalogue_loader.hpp"

#include "base/error.hpp"
#include "base/worker_pool.hpp"
#include "repo/object_reader.hpp"

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace pitr {

namespace {

// Documents are small, so reading them is waiting for the store; more readers than this would not help it.
constexpr std::size_t kReaders = 8;

// Generations that may be missing before they are no longer reported one by one.
constexpr std::uint64_t kMaxMissing = 100;

using PointKey = std::tuple<TimelineId, Lsn, std::string>;
using Document = std::variant<TimelineName, Wanted<SnapshotName>, RestorePointName>;
using Reading =
    std::variant<Damage, TimelineDocument, SnapshotManifest, std::pair<RestorePointName, RestorePoint>>;

std::string key_of(const TimelineName& name) { return timeline_key(name.timeline); }
std::string key_of(const Wanted<SnapshotName>& wanted) { return snapshot_key(wanted.name.id); }
std::string key_of(const RestorePointName& name) {
  return restore_point_key(name.timeline, name.lsn, name.name, name.generation);
}

Reading read_as(const ObjectReader& reader, const TimelineName& name) {
  if (auto document = reader.timeline(name.timeline)) return std::move(*document);
  return Damage{key_of(name), fmt::format("{}: is missing, and other objects speak of it", key_of(name))};
}

Reading read_as(const ObjectReader& reader, const Wanted<SnapshotName>& wanted) {
  if (auto found = reader.snapshot(wanted)) return std::move(found->manifest);
  return Damage{key_of(wanted), fmt::format("{}: was listed, but is gone", key_of(wanted))};
}

Reading read_as(const ObjectReader& reader, const RestorePointName& name) {
  if (auto point = reader.restore_point(name)) return std::pair(name, std::move(*point));
  return Damage{key_of(name), fmt::format("{}: is missing, and a later generation is there", key_of(name))};
}

// One bad document must not hide the others; a store that is not there now says nothing about any.
Reading read_document_of(const ObjectReader& reader, const Document& document) {
  return std::visit(
      [&](const auto& name) -> Reading {
        try {
          return read_as(reader, name);
        } catch (const Error& e) {
          if (e.code() != Errc::corrupt && e.code() != Errc::io_error) throw;
          return Damage{key_of(name), e.what()};
        }
      },
      document);
}

class Loader {
 public:
  Loader(const Store& store, const RepositoryDocument& document) : store_(store), reader_(store, document) {
    catalogue_.repository = document.id;
    catalogue_.engine = document.engine;
    catalogue_.notation = document.notation;
  }

  Catalogue load() {
    list();
    want_generations();
    for (const auto timeline : timelines_) documents_.emplace_back(TimelineName{timeline});
    read();
    read_timelines_of_snapshots();
    add_restore_points();
    sort();
    return std::move(catalogue_);
  }

 private:
  void list() {
    store_.list("", [this](const ListedObject& object) {
      std::visit([&](auto name) { note(std::move(name), object); }, parse_object_name(object.key));
    });
  }

  void note(UnknownName, const ListedObject& object) { catalogue_.unknown_objects.push_back(object.key); }
  void note(RepositoryName, const ListedObject&) {}
  void note(TimelineName name, const ListedObject&) { timelines_.insert(name.timeline); }
  void note(SegmentName name, const ListedObject& object) {
    timelines_.insert(name.timeline);
    auto& entry = catalogue_.timelines[name.timeline];
    entry.segments.push_back({name.first, name.last, object.size});
  }
  void note(SnapshotName name, const ListedObject& object) {
    documents_.emplace_back(Wanted<SnapshotName>{std::move(name), object.size});
  }
  void note(const PackName&, const ListedObject& object) {
    catalogue_.packs.push_back({object.key, object.size});
  }
  void note(FileName name, const ListedObject& object) {
    catalogue_.files.push_back({std::move(name.name), object.size});
  }
  void note(const RestorePointName& name, const ListedObject&) {
    timelines_.insert(name.timeline);
    generations_[{name.timeline, name.lsn, name.name}].insert(name.generation);
  }

  // Every generation below the highest is read as well, listed or not: none may be missing or bad unnoticed.
  void want_generations() {
    for (const auto& [point, listed] : generations_) {
      const auto& [timeline, lsn, name] = point;
      const auto highest = *listed.rbegin();
      if (highest - listed.size() > kMaxMissing) {
        const RestorePointName last{timeline, lsn, name, highest};
        catalogue_.damaged.push_back(
            {key_of(last), fmt::format("{}: of the generations before it, {} are missing", key_of(last),
                                       highest - listed.size())});
        continue;
      }
      for (std::uint64_t n = 1; n <= highest; ++n)
        documents_.emplace_back(RestorePointName{timeline, lsn, name, n});
    }
  }

  void read() {
    if (documents_.empty()) return;
    WorkerPool pool(std::min(kReaders, documents_.size()));
    ordered_parallel(
        pool, documents_.size(), 2 * kReaders,
        [this](std::size_t i) { return read_document_of(reader_, documents_[i]); },
        [this](std::size_t, Reading reading) {
          std::visit([this](auto& found) { add(std::move(found)); }, reading);
        });
  }

  void read_timelines_of_snapshots() {
    std::set<TimelineId> more;
    for (const auto& snapshot : catalogue_.snapshots) {
      if (timelines_.count(snapshot.timeline) == 0) more.insert(snapshot.timeline);
    }
    documents_.clear();
    for (const auto timeline : more) documents_.emplace_back(TimelineName{timeline});
    timelines_.merge(more);
    read();
  }

  void add(Damage damage) { catalogue_.damaged.push_back(std::move(damage)); }
  void add(TimelineDocument document) {
    auto& entry = catalogue_.timelines[document.timeline];
    entry.document = std::move(document);
  }
  void add(SnapshotManifest manifest) { catalogue_.snapshots.push_back(std::move(manifest)); }
  void add(const std::pair<RestorePointName, RestorePoint>& read) {
    const auto& [name, point] = read;
    points_.emplace(std::pair(PointKey{name.timeline, name.lsn, name.name}, name.generation), point);
  }

  // An earlier generation never stands in for a last one that cannot be read: it may be a deletion.
  void add_restore_points() {
    for (const auto& [point, listed] : generations_) {
      const auto last = points_.find({point, *listed.rbegin()});
      if (last != points_.end() && !last->second.deleted) catalogue_.restore_points.push_back(last->second);
    }
  }

  void sort() {
    for (const auto timeline : timelines_) catalogue_.timelines[timeline].id = timeline;
    for (auto& [id, entry] : catalogue_.timelines) {
      std::sort(entry.segments.begin(), entry.segments.end(), [](const auto& a, const auto& b) {
        return std::tie(a.number, a.last_number) < std::tie(b.number, b.last_number);
      });
    }
    std::sort(catalogue_.snapshots.begin(), catalogue_.snapshots.end(), [](const auto& a, const auto& b) {
      return std::tie(a.timeline, a.start_lsn, a.id) < std::tie(b.timeline, b.start_lsn, b.id);
    });
    std::sort(catalogue_.packs.begin(), catalogue_.packs.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    std::sort(catalogue_.files.begin(), catalogue_.files.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    std::sort(catalogue_.damaged.begin(), catalogue_.damaged.end(),
              [](const auto& a, const auto& b) { return a.object < b.object; });
    std::sort(catalogue_.unknown_objects.begin(), catalogue_.unknown_objects.end());
  }

  const Store& store_;
  ObjectReader reader_;
  Catalogue catalogue_;
  std::set<TimelineId> timelines_;
  std::map<PointKey, std::set<std::uint64_t>> generations_;
  std::vector<Document> documents_;
  std::map<std::pair<PointKey, std::uint64_t>, RestorePoint> points_;
};

}  // namespace

Catalogue load_catalogue(const Store& store, const RepositoryDocument& document) {
  return Loader(store, document).load();
}

}  // namespace pitr
