#pragma once

#include "base/error.hpp"
#include "base/file.hpp"
#include "support/child.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/socket.h>

namespace pitr::test {

// An application: a process of its own with one connection to a database, that does what it is told and ends
// by closing it. Start it while this process has no LiveDatabase: a child takes SQLite's notion of its locks
// along, but not the locks.
class SqliteApp {
 public:
  explicit SqliteApp(fs::path database) : sockets_(make_sockets()), child_(start(std::move(database))) {
    sockets_.second = Fd();
  }
  ~SqliteApp() {
    if (running_) ask(".quit");
    child_.wait();
  }
  SqliteApp(const SqliteApp&) = delete;
  SqliteApp& operator=(const SqliteApp&) = delete;

  // Runs SQL, opening the database first if need be; rows come as lines of values with '|' between them.
  std::string run(const std::string& sql) {
    const auto answer = ask(sql);
    INFO(sql, " -> ", answer.second);
    REQUIRE(answer.first == SQLITE_OK);
    return answer.second;
  }
  // The same; returns SQLite's result code.
  int try_run(const std::string& sql) { return ask(sql).first; }
  // Closes the connection; the next SQL opens another.
  void close() { CHECK(ask(".close").first == SQLITE_OK); }
  // Keeps the log when this connection is the last that closes.
  void persist_wal() { CHECK(ask(".persist").first == SQLITE_OK); }
  // kill -9
  void kill() {
    child_.kill();
    child_.wait();
    running_ = false;
  }

 private:
  using Sockets = std::pair<Fd, Fd>;
  using Answer = std::pair<int, std::string>;
  static constexpr std::size_t kMessageSize = 65536;

  static Sockets make_sockets() {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()) == 0);
    return {Fd(fds[0]), Fd(fds[1])};
  }

  Child start(fs::path database) {
    return Child([this, path = std::move(database)] {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      return serve(sockets_.second.get(), path);
    });
  }

  Answer ask(const std::string& request) {
    std::string reply(kMessageSize, '\0');
    const bool sent = ::send(sockets_.first.get(), request.data(), request.size(), MSG_NOSIGNAL) ==
                      static_cast<ssize_t>(request.size());
    const auto length = sent ? ::recv(sockets_.first.get(), reply.data(), reply.size(), 0) : -1;
    if (length < static_cast<ssize_t>(sizeof(int))) FAIL("the application is gone");
    int rc = 0;
    std::memcpy(&rc, reply.data(), sizeof rc);
    running_ = request != ".quit";
    return {rc, reply.substr(sizeof rc, static_cast<std::size_t>(length) - sizeof rc)};
  }

  // From here on: in the child.
  static int serve(int socket, const fs::path& path) {
    sqlite3* db = nullptr;
    std::string request(kMessageSize, '\0');
    for (;;) {
      const auto length = ::recv(socket, request.data(), request.size(), 0);
      if (length <= 0) return 1;
      const std::string sql = request.substr(0, static_cast<std::size_t>(length));
      const auto [rc, text] = answer(db, path, sql);
      std::string reply(sizeof rc, '\0');
      std::memcpy(reply.data(), &rc, sizeof rc);
      reply += text.substr(0, kMessageSize - sizeof rc);
      ::send(socket, reply.data(), reply.size(), MSG_NOSIGNAL);
      if (sql == ".quit") return 0;
    }
  }

  static Answer answer(sqlite3*& db, const fs::path& path, const std::string& sql) {
    if (sql == ".quit" || sql == ".close") return {sqlite3_close(std::exchange(db, nullptr)), {}};
    if (db == nullptr) {
      const int rc = sqlite3_open(path.c_str(), &db);
      if (rc != SQLITE_OK) return {rc, "cannot open"};
      // No test cuts the power.
      sqlite3_exec(db, "PRAGMA synchronous=OFF", nullptr, nullptr, nullptr);
    }
    if (sql == ".persist") {
      int on = 1;
      return {sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &on), {}};
    }
    std::string rows;
    const int rc = sqlite3_exec(db, sql.c_str(), add_row, &rows, nullptr);
    return {rc, rc == SQLITE_OK ? rows : sqlite3_errmsg(db)};
  }

  static int add_row(void* rows, int columns, char** values, char** /*names*/) {
    auto& text = *static_cast<std::string*>(rows);
    for (int i = 0; i < columns; ++i) {
      if (i > 0) text += '|';
      if (values[i] != nullptr) text += values[i];
    }
    text += '\n';
    return 0;
  }

  Sockets sockets_;
  bool running_ = true;
  Child child_;
};

}  // namespace pitr::test
