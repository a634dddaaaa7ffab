#include "run/list.hpp"

#include "plan/logged_points.hpp"
#include "repo/repository.hpp"
#include "run/engines.hpp"
#include "run/source_key.hpp"
#include "store/store.hpp"

#include <map>
#include <utility>

namespace pitr {

namespace {

template <typename Visit>
void for_each_manifest(const Catalogue& catalogue, Visit visit) {
  for (const auto& [id, timeline] : catalogue.timelines) {
    for (const SegmentEntry& entry : timeline.segments) {
      const auto* const loaded = catalogue.loaded(id, entry);
      if (loaded != nullptr && loaded->manifest) visit(id, *loaded->manifest);
    }
  }
}

std::uint64_t stored_bytes(const Catalogue& catalogue) {
  std::uint64_t bytes = 0;
  for_each_manifest(
      catalogue, [&](TimelineId, const SegmentManifest& manifest) { bytes += manifest.payload.stored_size; });
  std::map<std::string, std::uint64_t> packs;
  for (const SnapshotManifest& snapshot : catalogue.snapshots) {
    for (const PackReference& pack : snapshot.packs) packs[pack.name] = pack.object_size;
  }
  for (const auto& [name, size] : packs) bytes += size;
  return bytes;
}

}  // namespace

Inventory take_inventory(const Context& context) {
  const Repository repository = Repository::open(open_store(context.repository_url, false));
  const Engine& engine = engine_named(repository.document().engine);
  check_source_key(context, engine);
  Inventory inventory;
  inventory.location = repository.store().location();
  inventory.repository = repository.document().id;
  inventory.engine = repository.document().engine;
  inventory.codec = to_text(repository.document().codec);
  inventory.created_at = repository.document().created_at;
  inventory.now = now();
  inventory.catalogue = repository.load_catalogue();
  for (const auto& [id, timeline] : inventory.catalogue.timelines) {
    repository.load_manifests(inventory.catalogue, id, timeline.segments, context.jobs);
  }
  const auto logged = logged_restore_points(inventory.catalogue);
  auto& points = inventory.catalogue.restore_points;
  points.insert(points.end(), logged.begin(), logged.end());
  inventory.survey = survey(inventory.catalogue);
  inventory.stored_bytes = stored_bytes(inventory.catalogue);
  for (const SnapshotManifest& snapshot : inventory.catalogue.snapshots) {
    auto remarks = engine.remarks(snapshot);
    if (!remarks.empty()) inventory.remarks.emplace(snapshot.id, std::move(remarks));
  }
  for_each_manifest(inventory.catalogue, [&](TimelineId timeline, const SegmentManifest& manifest) {
    auto remarks = engine.remarks(manifest);
    if (!remarks.empty())
      inventory.log_remarks.emplace(std::pair(timeline, manifest.number), std::move(remarks));
  });
  return inventory;
}

}  // namespace pitr
