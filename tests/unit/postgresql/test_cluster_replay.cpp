#include "engine/postgresql/existing_cluster.hpp"
#include "engine/postgresql/replay.hpp"
#include "support/caught.hpp"
#include "support/cluster_chain.hpp"
#include "support/postgresql_control.hpp"
#include "support/postgresql_wal.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

namespace pitr::postgresql {
namespace {

void write_file(const fs::path& path, ByteView bytes, mode_t mode = 0600) {
  fs::create_directories(path.parent_path());
  const Fd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
  write_all(fd.get(), bytes, path);
  ::fchmod(fd.get(), mode);
}

std::string text_of(const fs::path& path) { return std::string(as_text(read_whole_file(path))); }

struct stat status_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status;
}

// Told when anything goes on, and able to break it off.
class Watcher : public NoProgress {
 public:
  void begin(std::string_view phase, std::uint64_t) override { on_phase(phase); }
  std::function<void(std::string_view)> on_phase = [](std::string_view) {};
};

// A backup of a small cluster with a tablespace, its log, and where it is restored to.
struct World {
  test::TempDir directory;
  fs::path backup = directory / "backup";
  fs::path target = directory / "target";
  fs::path staging = target / ".staging";
  fs::path tablespace = directory / "fast";
  SnapshotData data;
  SnapshotManifest manifest;
  Lsn stop;
  Watcher progress;
  RecoveryOptions recovery;
  std::unique_ptr<test::ClusterChain> chain;
  ReplayResult result;

  World() {
    data.system_identifier = test::PostgresqlWal::kSystem;
    data.version = 15;
    data.segment_size = test::PostgresqlWal::kSegmentSize;
    data.tablespaces = {{16400, "fast", tablespace.native()}};
    data.directories = {{"pg_notify", 0710}, {"empty", 0700}};
    recovery.fetch_command = {"pitrctl", "fetch"};
    write_file(backup / "PG_VERSION", as_bytes("15\n"));
    write_file(backup / "backup_label", as_bytes("START WAL LOCATION: 0/300028\n"));
    write_file(backup / "global/pg_control", Bytes(kControlFileSize, std::byte{'c'}));
    write_file(backup / "postgresql.auto.conf", as_bytes("work_mem = '7MB'\n"));
    write_file(backup / "standby.signal", {});
    write_file(backup / "server.key", as_bytes("secret"), 0400);
    write_file(backup / "base/1/1259", relation());
    write_file(backup / "base/1/empty", {}, 0640);
    write_file(backup / "pg_tblspc/16400/PG_15_202209061/5/16401", Bytes(9000, std::byte{'t'}));
    add_log();
    for (const fs::path& path : {target, staging, tablespace, tablespace / ".staging"})
      fs::create_directory(path);
  }

  // Chunks 'a', zeros, 'b', and a part of one.
  static Bytes relation() {
    Bytes bytes(3 * kChunkSize + 100, std::byte{'a'});
    std::fill_n(bytes.begin() + kChunkSize, kChunkSize, std::byte{0});
    std::fill_n(bytes.begin() + 2 * kChunkSize, kChunkSize, std::byte{'b'});
    return bytes;
  }

  void add_log() {
    test::PostgresqlWal wal;
    wal.filler(100);
    manifest.id = "20261123T101112Z-1a2b3c";
    manifest.start_lsn = manifest.consistent_lsn = wal.end();
    stop = wal.filler(500);
    wal.switch_segment();
    manifest.engine_data = to_json(data);
    write_file(directory / wal.name(0).text(), wal.segments().at(0));
    chain = std::make_unique<test::ClusterChain>(manifest, backup);
    chain->add_segment(directory / wal.name(0).text(), stop);
  }

  void replay() {
    chain->chunks_read = 0;
    const std::vector<RestorePlace> others = {
        {tablespace, recovery.delta ? fs::path() : tablespace / ".staging"}};
    result = postgresql::replay(
        {*chain, stop, {3}, staging, target, {"", {3}, stop, "4567", {}}, recovery, 2, progress, others});
  }

  // A cluster that is there, with a control file that belongs to the snapshot.
  void replay_and_settle() {
    replay();
    fs::remove(tablespace / ".staging");
    recovery.delta = true;
  }

  [[nodiscard]] std::vector<std::string> foreign() const {
    return foreign_entries(*chain, recovery, {target, staging});
  }
};

TEST_CASE("a cluster is written as it was, with what its server needs") {
  World world;
  world.replay();
  CHECK(read_whole_file(world.target / "base/1/1259") == World::relation());
  CHECK(fs::file_size(world.target / "base/1/empty") == 0);
  CHECK(read_whole_file(world.tablespace / "PG_15_202209061/5/16401") == Bytes(9000, std::byte{'t'}));
  CHECK(fs::read_symlink(world.target / "pg_tblspc/16400") == world.tablespace);
  CHECK(text_of(world.target / "tablespace_map") == "16400 " + world.tablespace.native() + "\n");
  CHECK(text_of(world.target / "postgresql.auto.conf").starts_with("work_mem = '7MB'\n"));
  CHECK(fs::exists(world.target / "recovery.signal"));
  CHECK_FALSE(fs::exists(world.target / "standby.signal"));
  CHECK(fs::is_directory(world.target / "pg_wal/archive_status"));
  CHECK(fs::is_directory(world.target / "empty"));
  CHECK((status_of(world.target / "server.key").st_mode & 07777U) == 0400);
  CHECK((status_of(world.target / "base/1/empty").st_mode & 07777U) == 0640);
  CHECK((status_of(world.target / "pg_notify").st_mode & 07777U) == 0710);
  CHECK((status_of(world.target).st_mode & 07777U) == 0700);
  CHECK(fs::is_empty(world.staging));
  CHECK(fs::is_empty(world.tablespace / ".staging"));
}

TEST_CASE("zeros take no space") {
  World world;
  world.replay();
  CHECK(world.result.written_bytes == world.result.size - kChunkSize);
  constexpr blkcnt_t kBlock = 512;
  CHECK(status_of(world.target / "base/1/1259").st_blocks * kBlock < 3 * blkcnt_t{kChunkSize});
}

TEST_CASE("there is no control file before all the rest is there") {
  World world;
  bool seen = false;
  std::vector<std::string> phases;
  world.progress.on_phase = [&](std::string_view phase) {
    phases.emplace_back(phase);
    seen = seen || fs::exists(world.target / "global/pg_control");
  };
  world.replay();
  CHECK_FALSE(seen);
  CHECK(phases == std::vector<std::string>{"snapshot", "sync"});
  CHECK(read_whole_file(world.target / "global/pg_control") == Bytes(kControlFileSize, std::byte{'c'}));
}

TEST_CASE("a snapshot without what a restore cannot do without is corrupt, and nothing is written") {
  for (const char* path : {"global/pg_control", "backup_label", "PG_VERSION"}) {
    World world;
    fs::remove(world.backup / path);
    world.add_log();
    CHECK(test::caught([&] { world.replay(); }).code() == Errc::corrupt);
    CHECK(fs::is_empty(world.staging));
  }
}

TEST_CASE("space is counted where it is needed") {
  const World world;
  const auto others = other_directories(*world.chain, world.recovery, world.target);
  REQUIRE(others.size() == 1);
  CHECK(others[0].path == world.tablespace);
  CHECK(others[0].space_needed == 9000);
  CHECK(space_needed(*world.chain) > World::relation().size() + kControlFileSize);
}

TEST_CASE("of a cluster that is there only what differs is read and written") {
  World world;
  world.replay_and_settle();
  world.replay();
  // The settings and the control file are always written anew.
  const std::size_t always = 2;
  CHECK(world.chain->chunks_read == always);
  CHECK(world.result.written_bytes == 0);
  {
    const Fd fd = open_file(world.target / "base/1/1259", O_WRONLY);
    write_all_at(fd.get(), as_bytes("x"), kChunkSize + 5, "x");
    write_all_at(fd.get(), as_bytes("x"), 2 * kChunkSize + 5, "x");
    write_all_at(fd.get(), as_bytes("more"), 5 * kChunkSize, "x");
  }
  write_file(world.target / "PG_VERSION", as_bytes("1"));
  world.replay();
  CHECK(world.chain->chunks_read == always + 2);
  CHECK(world.result.written_bytes == 2 * kChunkSize + 3);
  CHECK(world.result.compared_bytes > 3 * kChunkSize);
  CHECK(read_whole_file(world.target / "base/1/1259") == World::relation());
  CHECK(text_of(world.target / "PG_VERSION") == "15\n");
}

TEST_CASE("what a server left is removed, and what is somebody's only if that is allowed") {
  World world;
  world.replay_and_settle();
  write_file(world.target / "base/1/99999.1", as_bytes("x"));
  write_file(world.target / "base/77/1259", as_bytes("x"));
  write_file(world.target / "pg_wal/000000010000000000000001", as_bytes("x"));
  write_file(world.tablespace / "PG_14_202107181/5/1", as_bytes("x"));
  CHECK(world.foreign().empty());
  write_file(world.target / "mine/notes", as_bytes("x"));
  fs::create_symlink(world.directory.path(), world.target / "base/88");
  const auto foreign = world.foreign();
  CHECK(foreign.size() == 2);
  CHECK(test::caught([&] { world.replay(); }).code() == Errc::conflict);
  CHECK(fs::exists(world.target / "mine/notes"));
  world.recovery.force = true;
  world.replay();
  for (const char* path : {"base/1/99999.1", "base/77", "base/88", "mine", "pg_wal/000000010000000000000001"})
    CHECK_MESSAGE(::access((world.target / path).c_str(), F_OK) != 0, path);
  CHECK(fs::exists(world.tablespace / "PG_14_202107181/5/1"));
  CHECK(fs::exists(world.backup / "PG_VERSION"));
}

TEST_CASE("no link leads a delta out of the cluster") {
  World world;
  world.replay_and_settle();
  world.recovery.force = true;
  const fs::path outside = world.directory / "outside";
  write_file(outside / "1259", as_bytes("precious"));
  fs::remove_all(world.target / "base/1");
  fs::create_symlink(outside, world.target / "base/1");
  fs::remove(world.target / "PG_VERSION");
  fs::create_symlink(outside / "1259", world.target / "PG_VERSION");
  fs::remove(world.target / "server.key");
  fs::create_hard_link(outside / "1259", world.target / "server.key");
  world.replay();
  CHECK(text_of(outside / "1259") == "precious");
  CHECK(read_whole_file(world.target / "base/1/1259") == World::relation());
  CHECK(text_of(world.target / "server.key") == "secret");
}

TEST_CASE("a delta that breaks off leaves no control file, and another one ends it") {
  World world;
  world.replay_and_settle();
  write_file(world.target / "base/1/1259", as_bytes("x"));
  world.progress.on_phase = [](std::string_view phase) {
    if (phase == "sync") throw Error(Errc::io_error, "broken off");
  };
  CHECK(test::caught([&] { world.replay(); }).code() == Errc::io_error);
  CHECK_FALSE(fs::exists(world.target / "global/pg_control"));
  CHECK(world.foreign().empty());
  world.progress.on_phase = [](std::string_view) {};
  world.replay();
  CHECK(fs::exists(world.target / "global/pg_control"));
  CHECK(read_whole_file(world.target / "base/1/1259") == World::relation());
  CHECK(fs::is_empty(world.staging));
}

TEST_CASE("a delta changes nothing where there is no cluster, or another one, or a running one") {
  World world;
  const auto refused = [&] { return test::caught([&] { static_cast<void>(world.foreign()); }).code(); };
  fs::remove(world.tablespace / ".staging");
  write_file(world.target / "some/file", as_bytes("x"));
  CHECK(refused() == Errc::conflict);
  write_file(world.target / "PG_VERSION", as_bytes("15\n"));
  CHECK(world.foreign().size() == 1);
  const Bytes other = test::control_file_of_standby();
  write_file(world.target / "global/pg_control", other);
  CHECK(refused() == Errc::conflict);
  world.recovery.force = true;
  CHECK_NOTHROW(static_cast<void>(world.foreign()));
  write_file(world.tablespace / "PG_15_202209061/5/1", as_bytes("x"));
  CHECK(refused() == Errc::conflict);
}

}  // namespace
}  // namespace pitr::postgresql
