#include "engine/postgresql/server_log.hpp"
#include "engine/postgresql/server_programs.hpp"
#include "support/caught.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>

namespace pitr::postgresql {
namespace {

struct Server {
  test::TempDir directory;
  Fd fd = open_file(directory / "log", O_WRONLY | O_CREAT | O_APPEND);
  ServerLog log{directory / "log"};
  void says(std::string_view text) {
    write_all(fd.get(), as_bytes(text), "log");
    log.read();
  }
};

constexpr const char* kPrefix = "2026-11-23 11:45:20.103 UTC [21724] ";

TEST_CASE("a recovering server's log tells how far it is") {
  Server server;
  server.says(kPrefix + std::string("LOG:  restored log file \"00000002.history\" from archive\n"));
  CHECK_FALSE(server.log.fetched());
  server.says(kPrefix + std::string("LOG:  restored log file \"0000000100000000000000A3\" from archive\n"));
  REQUIRE(server.log.fetched());
  CHECK(server.log.fetched()->text() == "0000000100000000000000A3");
  server.says(kPrefix + std::string("LOG:  recovery stopping after WAL location (LSN) \"0/A12420\"\n"));
  CHECK(server.log.stopped_after() == Lsn{0xA12420});
  CHECK_FALSE(server.log.is_ready());
  server.says(kPrefix + std::string("LOG:  database system is ready to accept connections\n"));
  CHECK(server.log.is_ready());
  CHECK(server.log.complaints().empty());
}

TEST_CASE("a line counts once all of it is there") {
  Server server;
  server.says(kPrefix + std::string("LOG:  database system is ready to acc"));
  CHECK_FALSE(server.log.is_ready());
  server.says("ept connections\n");
  CHECK(server.log.is_ready());
}

TEST_CASE("the last errors are kept, without times and numbers of processes") {
  Server server;
  for (int i = 0; i < 100; ++i) server.says(kPrefix + fmt::format("WARNING:  {}\n", i));
  server.says(kPrefix + std::string("FATAL:  could not\n") + kPrefix + "HINT:  do\n");
  const std::string said = server.log.complaints();
  CHECK(said.ends_with("WARNING:  99\nFATAL:  could not\nHINT:  do"));
  CHECK_FALSE(test::contains(said, "WARNING:  50"));
  CHECK_FALSE(test::contains(said, "2026"));
}

TEST_CASE("a server's version is read from what it says of itself") {
  CHECK(major_of_version_text("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n") == 15);
  CHECK(major_of_version_text("postgres (PostgreSQL) 18beta1\n") == 18);
  CHECK_FALSE(major_of_version_text("postgres (EnterpriseDB) 15.1\n"));
  CHECK_FALSE(major_of_version_text("postgres (PostgreSQL) x\n"));
  CHECK_FALSE(major_of_version_text(""));
}

}  // namespace
}  // namespace pitr::postgresql
