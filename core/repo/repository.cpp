#include "repo/repository.hpp"

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/worker_pool.hpp"
#include "repo/catalogue_loader.hpp"
#include "repo/document.hpp"
#include "repo/object_reader.hpp"
#include "repo/payload_reader.hpp"
#include "repo/read_ahead.hpp"
#include "repo/sealed.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace pitr {

namespace {

// Writers that race for the next generation of one restore point; each round one of them wins.
constexpr int kMaxRounds = 100;

void refuse_if_not_empty(const Store& store) {
  std::optional<std::string> found;
  store.list("", [&](const ListedObject& object) {
    if (!found || object.key == repository_key()) found = object.key;
  });
  if (!found) return;
  if (*found == repository_key()) {
    throw Error(Errc::conflict, fmt::format("there is a repository at {} already", store.location()));
  }
  throw Error(Errc::conflict, fmt::format("{} is not empty: it holds {}", store.location(), *found),
              "use an empty place for a new repository");
}

[[noreturn]] void throw_no_repository(const Store& store) {
  std::optional<std::string> found;
  store.list("", [&](const ListedObject& object) {
    if (!std::holds_alternative<UnknownName>(parse_object_name(object.key))) found = object.key;
  });
  if (found) {
    throw Error(Errc::corrupt,
                fmt::format("{} is missing from {}, which holds other objects of a repository, such as {}",
                            repository_key(), store.location(), *found),
                "put the file back from a copy of the repository; nothing else holds what it says");
  }
  throw Error(Errc::not_found, fmt::format("there is no repository at {}", store.location()),
              "create one with pitrctl init --engine ENGINE");
}

template <typename Document>
bool is_same(Document a, const Document& b, LsnNotation notation) {
  a.created_at = b.created_at;
  return to_json(a, notation) == to_json(b, notation);
}

bool is_same_log(const SegmentManifest& a, const SegmentManifest& b) {
  return a.payload.xxh3 == b.payload.xxh3 && a.payload.size == b.payload.size && a.start_lsn == b.start_lsn &&
         a.end_lsn == b.end_lsn && a.last_record_lsn == b.last_record_lsn && a.link_in == b.link_in &&
         a.link_out == b.link_out && a.content == b.content && a.engine_data == b.engine_data;
}

// What names another repository would be stored, and found damaged for ever after.
void check_is_ours(const std::string& repository, const RepositoryDocument& ours) {
  if (repository != ours.id) {
    throw Error(Errc::internal,
                fmt::format("something of repository '{}' is to be stored in {}", repository, ours.id));
  }
}

std::uint64_t last_generation(const Store& store, const std::string& prefix) {
  std::uint64_t last = 0;
  store.list(prefix, [&](const ListedObject& object) {
    const auto name = parse_object_name(object.key);
    if (const auto* point = std::get_if<RestorePointName>(&name)) last = std::max(last, point->generation);
  });
  return last;
}

SegmentName name_of(const SegmentManifest& manifest) {
  return {manifest.timeline, manifest.number, manifest.number};
}

// Reads from an object of a store that lives as long.
class SourceWithStore : public ByteSource {
 public:
  SourceWithStore(std::unique_ptr<const Store> store, std::unique_ptr<ByteSource> source)
      : store_(std::move(store)), source_(std::move(source)) {}
  std::size_t read(std::span<std::byte> buffer) override { return source_->read(buffer); }

 private:
  std::unique_ptr<const Store> store_;
  std::unique_ptr<ByteSource> source_;
};

bool is_same_payload(const PayloadManifest& a, const PayloadManifest& b) {
  return a.size == b.size && a.xxh3 == b.xxh3;
}

std::string key_of(const SegmentManifest& manifest) {
  return segment_key(manifest.timeline, manifest.number, manifest.number);
}

}  // namespace

Repository::Repository(std::unique_ptr<Store> store, RepositoryDocument document)
    : store_(std::move(store)), document_(std::move(document)) {}

Repository Repository::init(std::unique_ptr<Store> store, const std::string& engine, LsnNotation notation,
                            const Codec& codec) {
  refuse_if_not_empty(*store);
  RepositoryDocument document{random_hex(16), engine, notation, codec, {}, now()};
  fill_random(document.chunk_secret);
  if (!create_document(*store, repository_key(), to_json(document))) {
    throw Error(Errc::conflict,
                fmt::format("somebody else has just created a repository at {}", store->location()));
  }
  return {std::move(store), std::move(document)};
}

Repository Repository::open(std::unique_ptr<Store> store) {
  const auto json = read_document(*store, repository_key());
  if (!json) throw_no_repository(*store);
  auto document = repository_document_from_json(*json, repository_key());
  return {std::move(store), std::move(document)};
}

Catalogue Repository::load_catalogue() const { return pitr::load_catalogue(*store_, document_); }

void Repository::load_manifests(Catalogue& catalogue, TimelineId timeline,
                                std::span<const SegmentEntry> entries, std::size_t jobs) const {
  std::vector<SegmentEntry> missing;
  std::copy_if(entries.begin(), entries.end(), std::back_inserter(missing),
               [&](const auto& entry) { return catalogue.loaded(timeline, entry) == nullptr; });
  if (missing.empty()) return;
  WorkerPool pool(std::clamp<std::size_t>(jobs, 1, missing.size()));
  ordered_parallel(
      pool, missing.size(), 4 * pool.size(),
      [&](std::size_t i) { return load_manifest(timeline, missing[i]); },
      [&](std::size_t i, Catalogue::Loaded loaded) {
        catalogue.add(timeline, missing[i], std::move(loaded));
      });
}

Catalogue::Loaded Repository::load_manifest(TimelineId timeline, const SegmentEntry& entry) const {
  const Wanted<SegmentName> wanted{{timeline, entry.number, entry.last_number}, entry.object_size};
  try {
    auto found = ObjectReader(*store_, document_).segment(wanted);
    if (found) return {std::move(found->manifest), {}};
    return {
        {},
        fmt::format("{}: was listed, but is gone", segment_key(timeline, entry.number, entry.last_number))};
  } catch (const Error& e) {
    if (e.code() != Errc::corrupt && e.code() != Errc::io_error) throw;
    return {{}, e.what()};
  }
}

Repository::Creation Repository::create_timeline(const TimelineDocument& document) const {
  check_is_ours(document.repository, document_);
  const auto key = timeline_key(document.timeline);
  if (create_document(*store_, key, to_json(document, document_.notation))) return Creation::created;
  const auto existing = ObjectReader(*store_, document_).timeline(document.timeline);
  if (!existing) throw Error(Errc::conflict, fmt::format("{}: was there, but is gone", key));
  return is_same(*existing, document, document_.notation) ? Creation::repeated : Creation::lost;
}

Repository::Creation Repository::create_segment(SegmentManifest& manifest,
                                                const std::function<void(ByteSink&)>& write) const {
  check_is_ours(manifest.repository, document_);
  PayloadBuilder payload(document_.codec);
  write(payload);
  payload.finish();
  manifest.payload = payload.manifest();
  const auto key = key_of(manifest);
  if (create_sealed(*store_, key, to_json(manifest, document_.notation), payload.stored()))
    return Creation::created;
  auto existing = ObjectReader(*store_, document_).segment({name_of(manifest), store_->size_of(key)});
  if (!existing) throw Error(Errc::conflict, fmt::format("{}: was there, but is gone", key));
  if (!is_same_log(existing->manifest, manifest)) return Creation::lost;
  manifest = std::move(existing->manifest);
  return Creation::repeated;
}

Repository::Creation Repository::create_segment(SegmentManifest& manifest,
                                                const PayloadBuilder& payload) const {
  check_is_ours(manifest.repository, document_);
  manifest.payload = payload.manifest();
  const auto key = key_of(manifest);
  if (create_sealed(*store_, key, to_json(manifest, document_.notation), payload.stored()))
    return Creation::created;
  auto existing = segment(manifest.timeline, manifest.number);
  if (!existing) throw Error(Errc::conflict, fmt::format("{}: was there, but is gone", key));
  if (!is_same_payload(existing->payload, manifest.payload)) return Creation::lost;
  manifest = std::move(*existing);
  return Creation::repeated;
}

std::unique_ptr<const PayloadBuilder> Repository::encode(ByteView raw) const {
  auto payload = std::make_unique<PayloadBuilder>(document_.codec);
  payload->finish_with(raw);
  return payload;
}

std::optional<SegmentManifest> Repository::segment(TimelineId timeline, SegmentNumber number) const {
  auto found = ObjectReader(*store_, document_).segment({{timeline, number, number}, {}});
  if (!found) return std::nullopt;
  return std::move(found->manifest);
}

std::optional<TimelineDocument> Repository::timeline(TimelineId id) const {
  return ObjectReader(*store_, document_).timeline(id);
}

std::vector<TimelineId> Repository::timelines() const {
  std::vector<TimelineId> found;
  store_->list(timelines_prefix(), [&](const ListedObject& object) {
    const auto name = parse_object_name(object.key);
    if (const auto* timeline = std::get_if<TimelineName>(&name)) found.push_back(timeline->timeline);
  });
  return found;
}

Repository::Creation Repository::create_file(const std::string& name, ByteView raw) const {
  const auto payload = encode(raw);
  const FileManifest manifest{document_.id, document_.engine, name, payload->manifest(), now()};
  const auto key = file_key(name);
  if (create_sealed(*store_, key, to_json(manifest), payload->stored())) return Creation::created;
  const auto existing = ObjectReader(*store_, document_).file({{name}, {}});
  if (!existing) throw Error(Errc::conflict, fmt::format("{}: was there, but is gone", key));
  return is_same_payload(existing->manifest.payload, payload->manifest()) ? Creation::repeated
                                                                          : Creation::lost;
}

std::optional<Bytes> Repository::read_file(const std::string& name) const {
  const auto found = ObjectReader(*store_, document_).file({{name}, {}});
  if (!found) return std::nullopt;
  const auto key = file_key(name);
  const PayloadManifest& payload = found->manifest.payload;
  const auto source = open_payload(*store_, {key, found->payload_offset}, payload);
  return read_all(*source, payload.size, key);
}

void Repository::create_restore_point(const RestorePoint& restore_point) const {
  check_is_ours(restore_point.repository, document_);
  const ObjectReader reader(*store_, document_);
  const auto& lsn = restore_point.point.lsn;
  const auto prefix = restore_point_prefix(restore_point.timeline, lsn, restore_point.name);
  for (int round = 0; round < kMaxRounds; ++round) {
    const auto last = last_generation(*store_, prefix);
    if (last > 0) {
      const auto existing = reader.restore_point({restore_point.timeline, lsn, restore_point.name, last});
      if (existing && is_same(*existing, restore_point, document_.notation)) return;
    }
    const auto key = restore_point_key(restore_point.timeline, lsn, restore_point.name, last + 1);
    if (create_document(*store_, key, to_json(restore_point, document_.notation))) return;
  }
  throw Error(Errc::conflict, fmt::format("others keep changing restore point '{}'", restore_point.name));
}

std::vector<SegmentEntry> Repository::segments(TimelineId timeline) const {
  std::vector<SegmentEntry> found;
  store_->list(segments_prefix(timeline), [&](const ListedObject& object) {
    const auto name = parse_object_name(object.key);
    if (const auto* segment = std::get_if<SegmentName>(&name))
      found.push_back({segment->first, segment->last, object.size});
  });
  return found;
}

std::optional<Repository::OpenedSegment> Repository::open_segment(TimelineId timeline,
                                                                  SegmentNumber number) const {
  const auto key = segment_key(timeline, number, number);
  auto object = std::make_unique<const ReadAhead>(*store_, key);
  auto found = ObjectReader(*object, document_).segment({{timeline, number, number}, {}});
  if (!found) return std::nullopt;
  auto raw = open_payload(*object, {key, found->payload_offset}, found->manifest.payload);
  return OpenedSegment{std::move(found->manifest),
                       std::make_unique<SourceWithStore>(std::move(object), std::move(raw))};
}

std::unique_ptr<ByteSource> Repository::open_segment(const SegmentManifest& manifest) const {
  const auto key = key_of(manifest);
  const auto found = ObjectReader(*store_, document_).segment({name_of(manifest), {}});
  if (!found) {
    throw Error(Errc::wal_gap, fmt::format("{}: is missing", key),
                "pitrctl list windows shows what can be reached");
  }
  if (to_json(found->manifest, document_.notation) != to_json(manifest, document_.notation)) {
    throw Error(Errc::corrupt, fmt::format("{}: is not the segment that it was before", key));
  }
  return open_payload(*store_, {key, found->payload_offset}, manifest.payload);
}

}  // namespace pitr
