#include "base/atomic_file.hpp"
#include "engine/postgresql/shipping.hpp"
#include "support/caught.hpp"
#include "support/postgresql_control.hpp"
#include "support/postgresql_wal.hpp"
#include "support/temp_dir.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

using test::caught;
using test::PostgresqlWal;

void write(const fs::path& path, ByteView bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit_replacing();
}

Json identity_of(std::string system, std::uint32_t size) {
  Json json = Json::object();
  json["system_identifier"] = std::move(system);
  json["segment_size"] = size;
  json["version"] = 15;
  return json;
}

TEST_CASE("what waits is told in the order in which it is handed over, without the file itself") {
  const test::TempDir directory;
  fs::create_directories(directory / "archive_status");
  for (const char* name :
       {"000000010000000000000004.ready", "000000010000000000000003.ready", "00000002.history.ready",
        "000000010000000000000002.ready", "000000010000000000000001.done", "nonsense.ready"}) {
    write(directory / "archive_status" / name, {});
  }
  const auto all = shipping().waiting_beside(directory / "000000010000000000000002", 10);
  REQUIRE(all.size() == 3);
  CHECK(all[0].text == "00000002.history");
  CHECK(all[1].text == "000000010000000000000003");
  CHECK(all[2].text == "000000010000000000000004");
  CHECK(shipping().waiting_beside(directory / "000000010000000000000002", 2).size() == 2);
  CHECK(shipping().waiting_beside("/nowhere/000000010000000000000002", 2).empty());
}

TEST_CASE("names, numbers and positions go together") {
  const Json identity = identity_of("77", 16U << 20U);
  const auto name = shipping().parse_name("000000020000000100000003");
  REQUIRE(name.has_value());
  CHECK(name->timeline == TimelineId{2});
  const SegmentNumber number = shipping().number_of(*name, identity);
  CHECK(number == SegmentNumber{0x103});
  CHECK(shipping().number_at({0x103000005}, identity) == number);
  CHECK(shipping().segment_name({2}, number, identity).text == name->text);
  CHECK(caught([&] {
          static_cast<void>(
              shipping().number_of(*shipping().parse_name("000000020000000100000103"), identity));
        }).code() == Errc::corrupt);
}

TEST_CASE("identities differ by cluster and by segment size") {
  const Json ours = identity_of("77", 16U << 20U);
  CHECK_FALSE(shipping().difference(ours, ours).has_value());
  CHECK(shipping().difference(ours, identity_of("78", 16U << 20U)).has_value());
  CHECK(shipping().difference(ours, identity_of("77", 1U << 20U)).has_value());
}

TEST_CASE("only what such a file may hold is read") {
  const test::TempDir directory;
  const auto read = [&](const char* name, std::string_view text) {
    write(directory / name, as_bytes(text));
    return shipping().read_file(directory / name, *shipping().parse_name(name));
  };
  CHECK(read("00000002.history", "1\t0/3000028\tno recovery target\n").size() > 0);
  CHECK(caught([&] { read("00000002.history", "nonsense"); }).code() == Errc::corrupt);
  CHECK(caught([&] { read("000000010000000000000003.partial", "nonsense"); }).code() == Errc::corrupt);
  CHECK(caught([&] { read("000000010000000000000003.00000028.backup", ""); }).code() == Errc::corrupt);
  PostgresqlWal wal;
  wal.fill_segment();
  const Bytes segment = wal.segments().at(0);
  const std::string name = wal.name(0).text() + ".partial";
  const Bytes raw = [&] {
    write(directory / name, segment);
    return shipping().read_file(directory / name, *shipping().parse_name(name));
  }();
  const auto identity = shipping().identity_of_file(directory / name, *shipping().parse_name(name), raw);
  REQUIRE(identity.has_value());
  CHECK(identity->at("system_identifier") == std::to_string(PostgresqlWal::kSystem));
}

TEST_CASE("a file tells its cluster by the directory it lies in") {
  const test::TempDir directory;
  fs::create_directories(directory / "pg_wal");
  fs::create_directories(directory / "global");
  const auto history = *shipping().parse_name("00000002.history");
  const auto identity = [&] {
    return shipping().identity_of_file(directory / "pg_wal" / history.text, history, {});
  };
  CHECK_FALSE(identity().has_value());
  Bytes control = test::control_file_of_standby();
  write(directory / kControlFilePath, control);
  CHECK_FALSE(identity().has_value());
  write(directory / "PG_VERSION", as_bytes("15\n"));
  const ControlFile whole = parse_control_file(control, "control");
  CHECK(identity() == identity_of(std::to_string(whole.system_identifier), whole.wal_segment_size));
  control[0] ^= std::byte{1};
  write(directory / kControlFilePath, control);
  CHECK(caught([&] { identity(); }).code() == Errc::corrupt);
}

}  // namespace
}  // namespace pitr::postgresql
