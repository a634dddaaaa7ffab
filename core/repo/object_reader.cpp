#include "repo/object_reader.hpp"

#include "base/error.hpp"
#include "repo/document.hpp"
#include "repo/sealed.hpp"

#include <utility>
#include <variant>

#include <fmt/format.h>

namespace pitr {

namespace {

[[noreturn]] void fail(const std::string& key, std::string_view problem) {
  throw Error(Errc::corrupt, fmt::format("{}: {}", key, problem));
}

void check_is_named(bool agrees, const std::string& key) {
  if (!agrees) fail(key, "its content speaks of something else than its name");
}

void check_pack_names(const SnapshotManifest& manifest, const std::string& key) {
  for (const auto& pack : manifest.packs) {
    if (!std::holds_alternative<PackName>(parse_object_name(pack.name))) {
      fail(key, fmt::format("refers to '{}' as a pack", pack.name));
    }
  }
}

void check_size(std::optional<std::uint64_t> object_size, std::uint64_t payload_offset,
                const PayloadManifest& payload, const std::string& key) {
  const auto recorded = payload_offset + payload.stored_size;
  if (object_size && *object_size != recorded) {
    fail(key, fmt::format("is {} bytes long; by its manifest it should be {}", *object_size, recorded));
  }
}

}  // namespace

void ObjectReader::check_repository(const std::string& repository, const std::string& key) const {
  if (repository != document_.id) fail(key, fmt::format("belongs to another repository, {}", repository));
}

void ObjectReader::check_engine(const std::string& engine, const std::string& key) const {
  if (engine != document_.engine) {
    fail(key, fmt::format("is for engine '{}' in a repository for '{}'", engine, document_.engine));
  }
}

std::optional<TimelineDocument> ObjectReader::timeline(TimelineId id) const {
  const auto key = timeline_key(id);
  const auto json = read_document(store_, key);
  if (!json) return {};
  auto document = timeline_from_json(*json, document_.notation, key);
  check_repository(document.repository, key);
  check_is_named(document.timeline == id, key);
  return document;
}

std::optional<RestorePoint> ObjectReader::restore_point(const RestorePointName& name) const {
  const auto key = restore_point_key(name.timeline, name.lsn, name.name, name.generation);
  const auto json = read_document(store_, key);
  if (!json) return {};
  auto point = restore_point_from_json(*json, document_.notation, key);
  check_repository(point.repository, key);
  check_is_named(point.timeline == name.timeline && point.point.lsn == name.lsn && point.name == name.name,
                 key);
  return point;
}

std::optional<FoundManifest<SnapshotManifest>> ObjectReader::snapshot(
    const Wanted<SnapshotName>& wanted) const {
  const auto key = snapshot_key(wanted.name.id);
  const auto header = read_sealed_header(store_, key);
  if (!header) return {};
  auto manifest = snapshot_manifest_from_json(header->manifest, document_.notation, key);
  check_repository(manifest.repository, key);
  check_engine(manifest.engine, key);
  check_is_named(manifest.id == wanted.name.id, key);
  check_pack_names(manifest, key);
  check_size(wanted.object_size, header->payload_offset, manifest.table, key);
  return FoundManifest<SnapshotManifest>{std::move(manifest), header->payload_offset};
}

std::optional<FoundManifest<SegmentManifest>> ObjectReader::segment(const Wanted<SegmentName>& wanted) const {
  const auto& name = wanted.name;
  const auto key = segment_key(name.timeline, name.first, name.last);
  const auto header = read_sealed_header(store_, key);
  if (!header) return {};
  auto manifest = segment_manifest_from_json(header->manifest, document_.notation, key);
  check_repository(manifest.repository, key);
  check_engine(manifest.engine, key);
  check_is_named(manifest.timeline == name.timeline && manifest.number == name.first, key);
  check_size(wanted.object_size, header->payload_offset, manifest.payload, key);
  return FoundManifest<SegmentManifest>{std::move(manifest), header->payload_offset};
}

std::optional<FoundManifest<FileManifest>> ObjectReader::file(const Wanted<FileName>& wanted) const {
  const auto key = file_key(wanted.name.name);
  const auto header = read_sealed_header(store_, key);
  if (!header) return {};
  auto manifest = file_manifest_from_json(header->manifest, key);
  check_repository(manifest.repository, key);
  check_engine(manifest.engine, key);
  check_is_named(manifest.name == wanted.name.name, key);
  check_size(wanted.object_size, header->payload_offset, manifest.payload, key);
  return FoundManifest<FileManifest>{std::move(manifest), header->payload_offset};
}

}  // namespace pitr
