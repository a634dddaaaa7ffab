#include "base/progress.hpp"
#include "run/archive.hpp"
#include "run/fetch.hpp"
#include "run/init.hpp"
#include "run/prefetch.hpp"
#include "run/prefetch_spool.hpp"
#include "support/caught.hpp"
#include "support/child.hpp"
#include "support/postgresql_wal.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>

namespace pitr {
namespace {

using test::caught;
using test::PostgresqlWal;
using test::TempDir;

const std::string kRepository(32, 'a');

SpooledSegment entry(std::uint64_t number) {
  return {fmt::format("{:024X}", number), {1}, {number}, kRepository, {}};
}

PrefetchSpool::Filling::Source content(const std::string& text) {
  return [text](ByteSink& sink) {
    sink.write(as_bytes(text));
    return digest_of(as_bytes(text));
  };
}

struct Spooled {
  TempDir directory;
  fs::path path = directory / "spool";
  PrefetchSpool spool = PrefetchSpool::open_or_create(path);
  fs::path to = directory / "to";

  bool add(std::uint64_t number, const std::string& text) const {
    return spool.begin_filling()->add(entry(number), content(text));
  }
  [[nodiscard]] bool take(std::uint64_t number) const {
    return spool.take(entry(number).name, kRepository, to).has_value();
  }
};

TEST_CASE("the name of a spooled segment says all of it, and nothing else is one") {
  SpooledSegment segment = entry(0x1F);
  segment.digest = digest_of(as_bytes("x"));
  const std::string name = spool_file_name(segment);
  const auto read = parse_spool_file_name(name);
  REQUIRE(read.has_value());
  CHECK(read->name == segment.name);
  CHECK(read->timeline == TimelineId{1});
  CHECK(read->number == SegmentNumber{0x1F});
  CHECK(read->repository == kRepository);
  CHECK(read->digest == segment.digest);
  CHECK_FALSE(parse_spool_file_name(spool_file_name(entry(1)))->digest.has_value());
  for (const std::string& bad :
       {std::string(), std::string("lock"), name + "0", name.substr(1 + name.rfind('.')),
        name.substr(0, name.rfind('.')), spool_file_name(entry(1)) + ".part"})
    CHECK_MESSAGE(!parse_spool_file_name(bad), bad);
}

TEST_CASE_FIXTURE(Spooled, "what was put in is taken out once, and only for its repository") {
  CHECK(add(7, "seven"));
  CHECK_FALSE(spool.take(entry(7).name, std::string(32, 'b'), to));
  CHECK(take(7));
  CHECK(as_text(read_whole_file(to)) == "seven");
  CHECK_FALSE(take(7));
}

TEST_CASE_FIXTURE(Spooled, "what is not what its name says is removed, not given") {
  add(7, "seven");
  const fs::path file = path / spool_file_name(spool.segments().at(0));
  SUBCASE("other bytes") { std::ofstream(file.string()) << "eight"; }
  SUBCASE("cut off") { fs::resize_file(file, 3); }
  SUBCASE("a link") {
    fs::rename(file, directory / "elsewhere");
    fs::create_symlink(directory / "elsewhere", file);
  }
  CHECK_FALSE(take(7));
  CHECK_FALSE(fs::exists(to));
  CHECK(spool.segments().empty());
}

TEST_CASE("a folder that others may use, and a link, are not taken for the spool") {
  const TempDir directory;
  fs::create_directory(directory / "open");
  fs::permissions(directory / "open", fs::owner_all | fs::group_read);
  CHECK(caught([&] { (void)PrefetchSpool::open(directory / "open"); }).code() == Errc::io_error);
  fs::create_directory(directory / "own");
  fs::permissions(directory / "own", fs::owner_all);
  fs::create_symlink(directory / "own", directory / "link");
  CHECK(PrefetchSpool::open(directory / "own").has_value());
  CHECK(caught([&] { (void)PrefetchSpool::open(directory / "link"); }).code() == Errc::io_error);
  CHECK_FALSE(PrefetchSpool::open(directory / "none").has_value());
}

TEST_CASE_FIXTURE(Spooled, "one process fills it at a time") {
  {
    const auto filling = spool.begin_filling();
    CHECK(filling.has_value());
    CHECK(spool.is_being_filled());
    CHECK_FALSE(spool.begin_filling().has_value());
  }
  CHECK_FALSE(spool.is_being_filled());
  CHECK(spool.begin_filling().has_value());
}

TEST_CASE_FIXTURE(Spooled, "who wants what is being written gets it once it is whole") {
  test::Child reader([&] {
    while (spool.segments().empty()) ::usleep(100);
    return take(7) && as_text(read_whole_file(to)) == "slow" ? 0 : 1;
  });
  CHECK(spool.begin_filling()->add(entry(7), [&](ByteSink& sink) {
    // The reader can only be waiting by now, or yet to come.
    ::usleep(20000);
    sink.write(as_bytes("slow"));
    return digest_of(as_bytes("slow"));
  }));
  CHECK(reader.wait() == 0);
}

TEST_CASE_FIXTURE(Spooled, "what a dead process was writing is neither waited for nor left") {
  test::Child writer([&] {
    return spool.begin_filling()->add(entry(7),
                                      [&](ByteSink&) -> Digest {
                                        ::pause();
                                        return {};
                                      })
               ? 0
               : 1;
  });
  while (spool.segments().empty()) ::usleep(100);
  writer.kill();
  writer.wait();
  CHECK_FALSE(take(7));
  CHECK(spool.begin_filling().has_value());
  CHECK(spool.segments().empty());
}

TEST_CASE_FIXTURE(Spooled, "a segment that cannot be written whole leaves nothing") {
  const auto fails = [](ByteSink& sink) -> Digest {
    sink.write(as_bytes("half"));
    throw Error(Errc::corrupt, "broken");
  };
  CHECK(caught([&] { (void)spool.begin_filling()->add(entry(7), fails); }).code() == Errc::corrupt);
  CHECK(spool.segments().empty());
}

TEST_CASE_FIXTURE(Spooled, "once it is removed nothing is put in any more") {
  add(6, "six");
  const auto filling = spool.begin_filling();
  CHECK_FALSE(filling->is_abandoned());
  CHECK_FALSE(filling->add(entry(7), [&](ByteSink& sink) {
    spool.remove();
    // As if a new one had taken its place.
    fs::create_directories(path);
    return content("seven")(sink);
  }));
  CHECK(filling->is_abandoned());
  CHECK(fs::is_empty(path));
}

// A repository with segments 3 to 12, and a request for those behind 3.
struct Archived {
  TempDir directory;
  NoProgress progress;
  Context context{(directory / "repo").string(), 3, progress};
  PostgresqlWal wal;
  PrefetchRequest request;

  Archived() {
    request.repository_id = init_repository(context, {"postgresql", {}}).repository;
    fs::create_directories(directory / "pg_wal");
    for (int i = 0; i < 10; ++i) wal.fill_segment();
    for (std::size_t i = 0; i < 10; ++i) {
      ArchiveRequest archiving;
      archiving.source = directory / "pg_wal" / wal.name(i).text();
      std::ofstream(archiving.source.string()) << as_text(wal.segments()[i]);
      pitr::archive(context, archiving);
    }
    request.spool = directory / "spool";
    request.timeline = {1};
    request.after = {3};
    request.count = 4;
  }

  [[nodiscard]] std::vector<std::uint64_t> numbers() const {
    std::vector<std::uint64_t> numbers;
    for (const auto& segment : PrefetchSpool::open_or_create(request.spool).segments())
      numbers.push_back(segment.number.value);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }
  [[nodiscard]] std::vector<std::uint64_t> filled() const {
    prefetch(context, request);
    return numbers();
  }
  using Numbers = std::vector<std::uint64_t>;
};

TEST_CASE_FIXTURE(Archived, "the spool gets what recovery will ask for next, and no more") {
  CHECK(filled() == Numbers{4, 5, 6, 7});
  const PrefetchSpool spool = PrefetchSpool::open_or_create(request.spool);
  REQUIRE(spool.take(wal.name(1).text(), request.repository_id, directory / "to").has_value());
  CHECK(read_whole_file(directory / "to") == wal.segments().at(1));
  request.after = {4};
  CHECK(filled() == Numbers{5, 6, 7, 8});
}

TEST_CASE_FIXTURE(Archived, "it ends where the log or the recovery ends") {
  request.after = {10};
  CHECK(filled() == Numbers{11, 12});
  request.after = {3};
  request.until = Lsn{6 * std::uint64_t{PostgresqlWal::kSegmentSize}};
  CHECK(filled() == Numbers{4, 5, 11, 12});
}

TEST_CASE_FIXTURE(Archived, "it stops before a segment that cannot be had") {
  context.jobs = 1;
  fs::remove(directory / "repo/segments/00000001/0000000000000006.seg");
  CHECK(filled() == Numbers{4, 5});
}

TEST_CASE_FIXTURE(Archived, "nothing comes from another repository, or from one that is away") {
  const std::string id = std::exchange(request.repository_id, kRepository);
  CHECK(filled().empty());
  request.repository_id = id;
  fs::rename(directory / "repo", directory / "away");
  CHECK(filled().empty());
}

TEST_CASE_FIXTURE(Archived, "a call takes from the spool without asking the repository it names") {
  prefetch(context, request);
  fs::rename(request.spool, directory / ".pitrctl-spool");
  fs::rename(directory / "repo", directory / "away");
  FetchRequest fetching;
  fetching.name = wal.name(1).text();
  fetching.destination = directory / "RECOVERYXLOG";
  fetching.repository_id = request.repository_id;
  // So little that nothing is started in the background.
  fetching.prefetch = 4;
  const FetchReport report = fetch(context, fetching);
  CHECK(report.origin == FetchReport::Origin::spool);
  CHECK(report.size == PostgresqlWal::kSegmentSize);
  CHECK(read_whole_file(fetching.destination) == wal.segments().at(1));
  fetching.repository_id.reset();
  fetching.name = wal.name(2).text();
  CHECK(caught([&] { fetch(context, fetching); }).code() == Errc::not_found);
}

TEST_CASE_FIXTURE(Archived, "the spool is removed at the end of the log, and where it is not wanted") {
  prefetch(context, request);
  const fs::path spool = directory / ".pitrctl-spool";
  fs::rename(request.spool, spool);
  FetchRequest fetching;
  fetching.destination = directory / "RECOVERYXLOG";
  SUBCASE("end") { fetching.name = wal.name(10).text(); }
  SUBCASE("not wanted") {
    fetching.name = wal.name(0).text();
    fetching.prefetch = 0;
  }
  fetch(context, fetching);
  CHECK_FALSE(fs::exists(spool));
}

TEST_CASE_FIXTURE(Archived, "what recovery has passed is removed from the spool, and what is far ahead") {
  request.count = 8;
  prefetch(context, request);
  fs::rename(request.spool, directory / ".pitrctl-spool");
  request.spool = directory / ".pitrctl-spool";
  FetchRequest fetching;
  fetching.destination = directory / "RECOVERYXLOG";
  fetching.name = wal.name(4).text();
  fetching.prefetch = 3;
  fetch(context, fetching);
  CHECK(numbers() == Numbers{8, 9, 10});
}

TEST_CASE_FIXTURE(Archived, "a spool that cannot be used fails nothing") {
  std::ofstream((directory / ".pitrctl-spool").string()) << "in the way";
  FetchRequest fetching;
  fetching.destination = directory / "RECOVERYXLOG";
  fetching.name = wal.name(0).text();
  CHECK(fetch(context, fetching).origin == FetchReport::Origin::repository);
  fetching.name = wal.name(10).text();
  CHECK(fetch(context, fetching).origin == FetchReport::Origin::nowhere);
}

}  // namespace
}  // namespace pitr
