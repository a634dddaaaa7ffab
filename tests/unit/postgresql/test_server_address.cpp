#include "base/file.hpp"
#include "engine/postgresql/server_address.hpp"
#include "support/caught.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace pitr::postgresql {
namespace {

using test::caught;

std::string value_of(const ServerAddress& address, std::string_view keyword) {
  for (const auto& parameter : address.parameters) {
    if (parameter.keyword == keyword) return parameter.value;
  }
  return "(none)";
}

void write(const fs::path& path, const std::string& text) {
  write_all(open_file(path, O_WRONLY | O_CREAT | O_TRUNC).get(), as_bytes(text), path);
}

std::string postmaster(long pid, const std::string& socket, const std::string& listen) {
  return fmt::format("{}\n/data\n1795690000\n5433\n{}\n{}\n  1234  5\nready   \n", pid, socket, listen);
}

TEST_CASE("a running server tells how it is reached") {
  const auto server = parse_postmaster_file(postmaster(17, "/run/postgresql", "*"), "p");
  CHECK(server.pid == 17);
  CHECK(server.start_time == 1795690000);
  CHECK(server.port == 5433);
  CHECK(server.socket_directory == "/run/postgresql");
  CHECK(server.listen_address == "*");
}

TEST_CASE("what does not tell of a running server is refused") {
  for (const char* text :
       {"", "17", "17\n/data\n", "x\n/data\n1\n5432\n/s\n*\n", "-17\n/data\n1\n5432\n/s\n*\n",
        "17\n/data\n1\n70000\n/s\n*\n", "17\n/data\n0\n5432\n/s\n*\n", "99999999999\n/d\n1\n1\n"}) {
    CAPTURE(text);
    CHECK(caught([&] { parse_postmaster_file(text, "p"); }).code() == Errc::corrupt);
  }
}

TEST_CASE("a data directory stands for the server that runs in it") {
  const test::TempDir dir;
  write(dir / "PG_VERSION", "15\n");
  write(dir / "postmaster.pid", postmaster(::getpid(), "/run/postgresql", ""));
  const ServerAddress by_socket = server_address(dir.path().native());
  CHECK(value_of(by_socket, "host") == "/run/postgresql");
  CHECK(value_of(by_socket, "port") == "5433");
  CHECK(value_of(by_socket, "dbname") == "postgres");
  CHECK(value_of(by_socket, "user") != "(none)");
  CHECK(by_socket.data_directory == dir.path());
  write(dir / "postmaster.pid", postmaster(::getpid(), "", "*"));
  CHECK(value_of(server_address(dir.path().native()), "host") == "localhost");
  write(dir / "postmaster.pid", postmaster(::getpid(), "", "10.0.0.7"));
  CHECK(value_of(server_address(dir.path().native()), "host") == "10.0.0.7");
}

TEST_CASE("a data directory without a running server is unavailable") {
  const test::TempDir dir;
  write(dir / "PG_VERSION", "15\n");
  const auto problem = [&] { return caught([&] { server_address(dir.path().native()); }); };
  CHECK(problem().code() == Errc::unavailable);
  // No process has a number as high as that.
  for (const auto& text :
       {postmaster(2000000000, "/run", ""), postmaster(::getpid(), "", ""), std::string("17\n")}) {
    write(dir / "postmaster.pid", text);
    CHECK(problem().code() == Errc::unavailable);
  }
}

TEST_CASE("connection strings and URIs are taken, and shown without what is secret in them") {
  for (const char* source :
       {"host=db.example port=5433 user=u password='a secret'", "postgresql://u:a%20secret@db.example:5433",
        "postgres://u:a%20secret@db.example:5433/"}) {
    CAPTURE(source);
    const ServerAddress address = server_address(source);
    CHECK(value_of(address, "host") == "db.example");
    CHECK(value_of(address, "port") == "5433");
    CHECK(value_of(address, "password") == "a secret");
    CHECK(value_of(address, "dbname") == "postgres");
    CHECK(address.shown == "the server db.example:5433");
    CHECK_FALSE(address.data_directory);
  }
  CHECK(value_of(server_address("dbname=app"), "dbname") == "app");
  CHECK(value_of(server_address("service=backup"), "dbname") == "(none)");
}

TEST_CASE("what is no source is refused, and not repeated: a password may stand in it") {
  const test::TempDir dir;  // holds no PG_VERSION
  for (const auto& source :
       {std::string("host=h password=my secret"), std::string("postgresql://u:sec@ret@h/d"),
        std::string("postgresql://u:sec/ret@h/d"), std::string("postgresql://u:secret@h/d@"),
        std::string("secret"), std::string(), dir.path().native() + "/secret"}) {
    CAPTURE(source);
    const Error error = caught([&] { server_address(source); });
    CHECK(error.code() == Errc::usage);
    CHECK_FALSE(test::contains(error.what(), "sec"));
    CHECK_FALSE(error.hint().empty());
  }
}

}  // namespace
}  // namespace pitr::postgresql
