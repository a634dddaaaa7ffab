#include "model/fields.hpp"
#include "repo/names.hpp"
#include "repo/pack_writer.hpp"
#include "repo/sealed.hpp"
#include "repo/snapshot_reader.hpp"
#include "repo/snapshot_writer.hpp"
#include "unit/repo/repo_test.hpp"

#include <cstring>
#include <map>

namespace pitr {

namespace {

using namespace test;

using Files = std::map<std::string, Bytes>;

SnapshotSourceFile source_of(const std::string& path, const Bytes& content) {
  return {path, content.size(), 0640, [&content](std::uint64_t offset, std::span<std::byte> buffer) {
            std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(offset), buffer.size(), buffer.begin());
          }};
}

// Quickly made, and no chunk of it like another.
Bytes counted_bytes(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t at = 0; at + sizeof at <= size; at += sizeof at)
    std::memcpy(bytes.data() + at, &at, sizeof at);
  return bytes;
}

SnapshotManifest blank_manifest(const Repository& repository) {
  SnapshotManifest manifest;
  manifest.repository = repository.document().id;
  manifest.engine = repository.document().engine;
  manifest.timeline = {1};
  manifest.start_lsn = manifest.consistent_lsn = manifest.point.lsn = {10};
  manifest.next_number = {1};
  manifest.link = "here";
  manifest.created_at = {4000};
  return manifest;
}

SnapshotManifest take(const Repository& repository, const Files& files,
                      const SnapshotManifest* previous = nullptr, std::size_t jobs = 2) {
  SnapshotWriter writer(repository, new_snapshot_id(now()), previous, jobs);
  for (const auto& [path, content] : files) writer.add_file(source_of(path, content), {});
  auto manifest = blank_manifest(repository);
  writer.commit(manifest);
  return manifest;
}

Files read_back(const Repository& repository, const SnapshotManifest& manifest) {
  const SnapshotReader reader(repository, manifest);
  Files files;
  for (const auto& file : reader.table().files) {
    auto& content = files[file.path];
    for (const auto& chunk : file.chunks) {
      auto raw = reader.read_chunk(chunk);
      if (!chunk.pack) {
        CHECK(raw.empty());
        raw.resize(chunk.size);
      }
      append(content, raw);
    }
  }
  return files;
}

Files sample_files(Random& random) {
  return {{"app.db", random_runs(random, 3 * kChunkSize + 1000)},
          {"deep/er/file", random_bytes(random, 10)},
          {"empty", {}},
          {"exact", random_bytes(random, kChunkSize)},
          {"zeros", Bytes(2 * kChunkSize + 5)}};
}

std::uint64_t bytes_in_packs(const MemoryStore& store) {
  std::uint64_t bytes = 0;
  for (const auto& [key, object] : store.objects()) bytes += key.starts_with("packs/") ? object.size() : 0;
  return bytes;
}

std::size_t count_packs(const MemoryStore& store) {
  std::size_t count = 0;
  for (const auto& [key, object] : store.objects()) count += key.starts_with("packs/") ? 1 : 0;
  return count;
}

bool restores(const Repository& repository, const SnapshotManifest& manifest) {
  try {
    read_back(repository, manifest);
    for (const auto& pack : manifest.packs) verify_pack(repository, pack);
  } catch (const Error& e) {
    CHECK(e.code() == Errc::corrupt);
    return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a snapshot's files come back, in every codec and with any number of threads") {
  Random random(test_seed());
  const auto files = sample_files(random);
  for (const auto kind : kAllCodecs) {
    for (const std::size_t jobs : {1U, 4U}) {
      const MemoryStore store;
      const auto repository = new_repository(store, {kind});
      const auto manifest = take(repository, files, nullptr, jobs);
      CAPTURE(codec_name(kind));
      CHECK(read_back(repository, manifest) == files);
      for (const auto& pack : manifest.packs) CHECK_NOTHROW(verify_pack(repository, pack));
    }
  }
}

TEST_CASE("a snapshot's manifest says what is in it") {
  Random random(test_seed());
  const MemoryStore store;
  const auto repository = new_repository(store);
  const auto files = sample_files(random);
  const auto manifest = take(repository, files);
  CHECK(manifest.files == 5);
  CHECK(manifest.size == 6 * kChunkSize + 1015);
  CHECK(manifest.new_bytes == bytes_in_packs(store));
  REQUIRE(manifest.packs.size() == 1);
  CHECK(manifest.packs[0].name == pack_key(manifest.id, 0));
  CHECK(manifest.packs[0].object_size == store.objects()[manifest.packs[0].name].size());
  const auto catalogue = repository.load_catalogue();
  REQUIRE(catalogue.snapshots.size() == 1);
  CHECK(to_json(catalogue.snapshots[0], LsnNotation::decimal) == to_json(manifest, LsnNotation::decimal));
  const SnapshotReader reader(repository, manifest);
  CHECK(reader.table().files[0].mode == 0640);
}

TEST_CASE("progress adds up to the size of the files") {
  Random random(test_seed());
  const MemoryStore store;
  const auto repository = new_repository(store);
  const auto content = random_bytes(random, 2 * kChunkSize + 9);
  SnapshotWriter writer(repository, new_snapshot_id(now()), nullptr, 1);
  std::uint64_t done = 0;
  writer.add_file(source_of("f", content), [&](std::uint64_t bytes) { done += bytes; });
  CHECK(done == content.size());
}

TEST_CASE("zeros are stored as nothing") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  const Files files = {{"hole", Bytes(100 * kChunkSize + 1)}};
  const auto manifest = take(repository, files);
  CHECK(manifest.packs.empty());
  CHECK(manifest.new_bytes == 0);
  CHECK(count_packs(store) == 0);
  CHECK(read_back(repository, manifest) == files);
}

TEST_CASE("a snapshot of nothing is one") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  CHECK(read_back(repository, take(repository, {})).empty());
}

TEST_CASE("what has not changed is not stored again") {
  Random random(test_seed());
  const MemoryStore store;
  const auto repository = new_repository(store, {CodecKind::none});
  Files files = {{"app.db", random_bytes(random, 100 * kChunkSize)}};
  const auto first = take(repository, files);
  const auto same = take(repository, files, &first);
  CHECK(same.new_bytes == 0);
  CHECK(same.size == files["app.db"].size());
  CHECK(count_packs(store) == 1);

  for (const std::size_t chunk : {3U, 50U, 99U}) files["app.db"][chunk * kChunkSize + 77] ^= std::byte{1};
  const auto changed = take(repository, files, &same);
  CHECK(changed.new_bytes > 3 * kChunkSize);
  CHECK(changed.new_bytes < 3 * kChunkSize + 2000);
  CHECK(read_back(repository, changed) == files);

  // The last snapshot names every pack it needs: nobody walks back through the ones before.
  store.objects().erase(snapshot_key(first.id));
  store.objects().erase(snapshot_key(same.id));
  CHECK(read_back(repository, changed) == files);
}

TEST_CASE("packs that no chunk is taken from are not referred to") {
  Random random(test_seed());
  const MemoryStore store;
  const auto repository = new_repository(store);
  Files files = {{"app.db", random_bytes(random, 1000)}};
  const auto first = take(repository, files);
  files["app.db"] = random_bytes(random, 1000);
  const auto second = take(repository, files, &first);
  REQUIRE(second.packs.size() == 1);
  CHECK(second.packs[0].name == pack_key(second.id, 0));
}

TEST_CASE("only the same place in the same file is compared") {
  Random random(test_seed());
  const MemoryStore store;
  const auto repository = new_repository(store, {CodecKind::none});
  const auto content = random_bytes(random, 2 * kChunkSize);
  const auto first = take(repository, {{"a", content}});
  const auto renamed = take(repository, {{"b", content}}, &first);
  CHECK(renamed.new_bytes > content.size());
  auto shorter = content;
  shorter.resize(kChunkSize + 10);
  const auto cut_off = take(repository, {{"a", shorter}}, &first);
  CHECK(cut_off.new_bytes < 2000);
  CHECK(read_back(repository, cut_off) == Files{{"a", shorter}});
}

TEST_CASE("a pack of the previous snapshot that is gone or has another size is not referred to") {
  Random random(test_seed());
  const Files files = {{"app.db", random_bytes(random, 1000)}};
  for (const bool gone : {true, false}) {
    const MemoryStore store;
    const auto repository = new_repository(store);
    const auto first = take(repository, files);
    if (gone) {
      store.objects().erase(first.packs[0].name);
    } else {
      store.objects()[first.packs[0].name].pop_back();
    }
    const auto second = take(repository, files, &first);
    CHECK(second.packs.at(0).name == pack_key(second.id, 0));
    CHECK(read_back(repository, second) == files);
  }
}

TEST_CASE("a previous snapshot that cannot be read is ignored") {
  Random random(test_seed());
  const Files files = {{"app.db", random_bytes(random, 1000)}};
  const MemoryStore store;
  const auto repository = new_repository(store);
  const auto first = take(repository, files);
  auto& bytes = store.objects()[snapshot_key(first.id)];
  bytes = flipped(bytes, bytes.size() - 5, 1);
  CHECK(read_back(repository, take(repository, files, &first)) == files);
  store.objects().erase(snapshot_key(first.id));
  CHECK(read_back(repository, take(repository, files, &first)) == files);
}

TEST_CASE("chunks are known by a hash that is the repository's own") {
  Random random(test_seed());
  const auto content = random_bytes(random, 1000);
  std::vector<Digest> hashes;
  for (int i = 0; i < 2; ++i) {
    const MemoryStore store;
    const auto repository = new_repository(store);
    const auto manifest = take(repository, {{"f", content}});
    hashes.push_back(SnapshotReader(repository, manifest).table().files.at(0).chunks.at(0).hash);
    CHECK(hashes.back() == keyed_digest_of(content, repository.document().chunk_secret));
  }
  CHECK(hashes[0] != hashes[1]);
}

TEST_CASE("large snapshots are cut into packs of about the same size") {
  const MemoryStore store;
  const auto repository = new_repository(store, {CodecKind::none});
  const Files files = {{"a", counted_bytes(PackWriter::kPackSize + kChunkSize)},
                       {"b", counted_bytes(PackWriter::kPackSize)}};
  const auto manifest = take(repository, files, nullptr, 2);
  REQUIRE(manifest.packs.size() == 3);
  for (const auto& pack : manifest.packs) {
    CHECK_NOTHROW(verify_pack(repository, pack));
    CHECK(pack.object_size < PackWriter::kPackSize + 100000);
  }
  CHECK(read_back(repository, manifest) == files);
}

TEST_CASE("until it is committed, what is written is no snapshot") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  const auto content = counted_bytes(PackWriter::kPackSize + 8);
  {
    SnapshotWriter writer(repository, new_snapshot_id(now()), nullptr, 2);
    writer.add_file(source_of("f", content), {});
  }
  CHECK(repository.load_catalogue().snapshots.empty());
  for (const auto& [key, object] : store.objects()) CHECK((key == "pitr.json" || key.starts_with("packs/")));
}

TEST_CASE("a store that fails ends the snapshot with its error, and no manifest") {
  Random random(test_seed());
  MemoryStore store;
  const auto repository = new_repository(store);
  store.before_create([](const std::string& key) {
    if (key.starts_with("packs/")) throw Error(Errc::io_error, "no space left");
  });
  CHECK(caught([&] { take(repository, {{"f", random_bytes(random, 1000)}}); }).code() == Errc::io_error);
  CHECK(store.objects().size() == 1);
}

TEST_CASE("a source that fails ends the snapshot with its error") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  SnapshotWriter writer(repository, new_snapshot_id(now()), nullptr, 2);
  const auto fails = [](std::uint64_t offset, std::span<std::byte> buffer) {
    if (offset > 0) throw Error(Errc::io_error, "the file is gone");
    std::fill(buffer.begin(), buffer.end(), std::byte{1});
  };
  CHECK(caught([&] { writer.add_file({"f", 5 * kChunkSize, 0, fails}, {}); }).code() == Errc::io_error);
}

TEST_CASE("whatever byte of a snapshot or its pack is changed, restoring and verifying find it") {
  for (const auto kind : kAllCodecs) {
    const MemoryStore store;
    const auto repository = new_repository(store, {kind});
    const auto manifest =
        take(repository, {{"f", bytes_of("some content, some content")}, {"zeros", Bytes(10)}});
    const auto good = store.objects();
    REQUIRE(restores(repository, manifest));
    for (const auto& object : good) {
      const std::string& key = object.first;
      const Bytes& bytes = object.second;
      if (key == "pitr.json") continue;
      CAPTURE(key);
      for (std::size_t at = 0; at < bytes.size(); ++at) {
        CAPTURE(at);
        store.objects()[key] = flipped(bytes, at, 1U << (at % 8));
        REQUIRE_FALSE(restores(repository, manifest));
        store.objects()[key] = cut(bytes, at);
        REQUIRE_FALSE(restores(repository, manifest));
      }
      store.objects()[key] = with(bytes, bytes.size(), 0);
      REQUIRE_FALSE(restores(repository, manifest));
      store.objects().erase(key);
      REQUIRE_FALSE(restores(repository, manifest));
      store.objects()[key] = bytes;
    }
  }
}

TEST_CASE("a chunk that is damaged is never given out, and the error names its place") {
  const MemoryStore store;
  const auto repository = new_repository(store, {CodecKind::none});
  const auto manifest = take(repository, {{"f", bytes_of("some content")}});
  const auto& pack = manifest.packs.at(0);
  auto& bytes = store.objects()[pack.name];
  bytes = flipped(bytes, bytes.size() - 1, 1);
  const SnapshotReader reader(repository, manifest);
  const auto problem = caught([&] { (void)reader.read_chunk(reader.table().files.at(0).chunks.at(0)); });
  CHECK(problem.code() == Errc::corrupt);
  const auto from = std::to_string(pack.payload_offset);
  CHECK(contains(problem.what(),
                 pack.name + ": bytes [" + from + ", " + std::to_string(pack.object_size) + ") "));
}

TEST_CASE("no chunk is given out from a pack whose manifest is damaged") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  const auto manifest = take(repository, {{"f", bytes_of("some content")}});
  auto& bytes = store.objects()[manifest.packs.at(0).name];
  bytes = flipped(bytes, 30, 1);
  CHECK(is_corrupt([&] { read_back(repository, manifest); }));
}

TEST_CASE("a pack's manifest is read once, however many chunks are taken from it") {
  Random random(test_seed());
  const MemoryStore store;
  const auto repository = new_repository(store);
  const auto manifest = take(repository, {{"f", random_bytes(random, 5 * kChunkSize)}});
  const SnapshotReader reader(repository, manifest);
  store.reads().clear();
  for (const auto& chunk : reader.table().files.at(0).chunks) (void)reader.read_chunk(chunk);
  CHECK(store.reads().size() == 6);
}

TEST_CASE("a pack under the name of another is found") {
  Random random(test_seed());
  const MemoryStore store;
  const auto repository = new_repository(store);
  const auto first = take(repository, {{"f", random_bytes(random, 1000)}});
  const auto second = take(repository, {{"f", random_bytes(random, 1000)}});
  store.objects()[second.packs[0].name] = store.objects()[first.packs[0].name];
  CHECK(is_corrupt([&] { verify_pack(repository, second.packs[0]); }));
  CHECK(is_corrupt([&] { read_back(repository, second); }));
}

TEST_CASE("the zstd program reads packs and file tables") {
  Random random(test_seed());
  const TempDir directory;
  const MemoryStore store;
  const auto repository = new_repository(store);
  const auto content = random_runs(random, 3 * kChunkSize + 5);
  const auto manifest = take(repository, {{"f", content}});
  const auto pack = save(directory, "pack", store.objects()[manifest.packs[0].name]);
  CHECK(output_of(directory, "zstd -dc < " + pack) == content);
  const auto table = save(directory, "table", store.objects()[snapshot_key(manifest.id)]);
  const auto json = parse_json(as_text(output_of(directory, "zstd -dc < " + table)), "table");
  CHECK(json.at("files").at(0).at("path") == "f");
}

TEST_CASE("the ids of snapshots sort by time and differ") {
  const auto id = new_snapshot_id({1795428672000000});
  CHECK(id.size() == 23);
  CHECK(id.starts_with("20261123T101112Z-"));
  CHECK(id != new_snapshot_id({1795428672000000}));
  CHECK(std::holds_alternative<SnapshotName>(parse_object_name(snapshot_key(id))));
}

}  // namespace pitr
