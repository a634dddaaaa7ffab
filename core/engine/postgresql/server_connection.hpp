#pragma once

#include "engine/postgresql/server_address.hpp"
#include "model/ids.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pitr::postgresql {

// A session of a running server. Not for several threads at once.
class ServerConnection {
 public:
  // source: as server_address() takes it. Throws Errc::unavailable when the server cannot be reached or lets
  // us not in, and usage when it is not PostgreSQL 13 to 18.
  explicit ServerConnection(const std::string& source);
  ~ServerConnection();
  ServerConnection(ServerConnection&&) noexcept;
  ServerConnection& operator=(ServerConnection&&) noexcept;

  // For people: "the server /run/postgresql:5432".
  [[nodiscard]] const std::string& shown() const;
  // Of source, when it is one.
  [[nodiscard]] const std::optional<fs::path>& data_directory() const;
  [[nodiscard]] int major() const;

  // Throws Errc::unavailable when the server is known to have ended the session. Asks it nothing.
  void require_open();

  // A value is absent where SQL has null.
  using Row = std::vector<std::optional<std::string>>;

  // The one row that a statement returns. right: what a role needs for it, for the hint when this one lacks
  // it. Throws Errc::usage when the server does not let us or the statement does not suit its state,
  // unavailable when it goes away, io_error for what else it reports.
  Row row(const char* statement, const std::vector<std::string>& parameters, const char* right);

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

// The values of a row. Throw Errc::internal where the server sent something else.
const std::string& text_of(const ServerConnection::Row& row, std::size_t column);
Lsn lsn_of(const ServerConnection::Row& row, std::size_t column);
bool bool_of(const ServerConnection::Row& row, std::size_t column);
std::int64_t number_of(const ServerConnection::Row& row, std::size_t column);

}  // namespace pitr::postgresql
