#include "engine/postgresql/server_connection.hpp"

#include "base/error.hpp"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace pitr::postgresql {

namespace {

constexpr int kOldestMajor = 13;
constexpr int kNewestMajor = 18;
constexpr int kTimeoutOfIdleSessionsSince = 14;
constexpr int kVersionsPerMajor = 10000;
constexpr std::array<std::pair<const char*, const char*>, 2> kOurParameters = {
    {{"client_encoding", "UTF8"}, {"fallback_application_name", "pitrctl"}}};
constexpr int kText = 0;  // the format of results

// What says that a session ends, whoever ended it: connection exceptions, and the operator's intervention.
constexpr std::string_view kConnectionClass = "08";
constexpr std::string_view kInterventionClass = "57";
constexpr std::string_view kResourcesClass = "53";
constexpr std::string_view kInsufficientPrivilege = "42501";
constexpr std::string_view kUndefinedFunction = "42883";
constexpr std::string_view kWrongState = "55000";

using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

// A server's message, on one line and as ours are.
std::string one_line(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n')) text.replace(at, 1, " / ");
  return text;
}

void ignore_notice(void* /*unused*/, const PGresult* /*unused*/) {}

}  // namespace

struct ServerConnection::Session {
  explicit Session(ServerAddress where) : address(std::move(where)) {
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    for (const auto& [keyword, value] : address.parameters) {
      keywords.push_back(keyword.c_str());
      values.push_back(value.c_str());
    }
    for (const auto& [keyword, value] : kOurParameters) {
      keywords.push_back(keyword);
      values.push_back(value);
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    connection.reset(PQconnectdbParams(keywords.data(), values.data(), 0));
  }

  [[nodiscard]] bool is_open() const { return connection && PQstatus(connection.get()) == CONNECTION_OK; }
  [[nodiscard]] std::string message() const { return one_line(PQerrorMessage(connection.get())); }

  [[noreturn]] void fail_lost() const {
    throw Error(Errc::unavailable, fmt::format("lost the connection to {}: {}", address.shown, message()),
                "see the server's log for the reason, and run the same command again");
  }

  [[noreturn]] void fail(const PGresult* result, const char* right) const;

  Result execute(const char* statement, const std::vector<std::string>& parameters, const char* right) const {
    std::vector<const char*> values;
    values.reserve(parameters.size());
    for (const auto& value : parameters) values.push_back(value.c_str());
    Result result(PQexecParams(connection.get(), statement, static_cast<int>(values.size()), nullptr,
                               values.data(), nullptr, nullptr, kText),
                  PQclear);
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) fail(result.get(), right);
    return result;
  }

  ServerAddress address;
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection{nullptr, PQfinish};
};

void ServerConnection::Session::fail(const PGresult* result, const char* right) const {
  if (!is_open()) fail_lost();
  const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view state = field == nullptr ? "" : field;
  const std::string message = fmt::format("{} refused: {}", address.shown,
                                          one_line(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
  const std::string hint = one_line(PQresultErrorField(result, PG_DIAG_MESSAGE_HINT));
  if (state == kInsufficientPrivilege) throw Error(Errc::usage, message, right);
  if (state == kWrongState || state == kUndefinedFunction) throw Error(Errc::usage, message, hint);
  const bool may_pass = state.starts_with(kConnectionClass) || state.starts_with(kInterventionClass) ||
                        state.starts_with(kResourcesClass);
  throw Error(may_pass ? Errc::unavailable : Errc::io_error, message, hint);
}

ServerConnection::ServerConnection(const std::string& source)
    : session_(std::make_unique<Session>(server_address(source))) {
  if (!session_->is_open()) {
    throw Error(
        Errc::unavailable,
        fmt::format("cannot connect to {}: {}", session_->address.shown, session_->message()),
        "is it running, and does its pg_hba.conf let this user in? Run on the database host as the user "
        "the server runs as, or name another role: PGUSER, or user=... in a connection string");
  }
  PQsetNoticeReceiver(session_->connection.get(), ignore_notice, nullptr);
  if (major() < kOldestMajor || major() > kNewestMajor) {
    throw Error(Errc::usage,
                fmt::format("{} is PostgreSQL {}, which is not supported", session_->address.shown, major()),
                "versions 13 to 18 are supported");
  }
  // A role or database may have limits of its own, and a backup takes its time.
  (void)row(
      "SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false), "
      "set_config('search_path', 'pg_catalog', false)",
      {}, "");
  if (major() >= kTimeoutOfIdleSessionsSince)
    (void)row("SELECT set_config('idle_session_timeout', '0', false)", {}, "");
}

ServerConnection::~ServerConnection() = default;
ServerConnection::ServerConnection(ServerConnection&&) noexcept = default;
ServerConnection& ServerConnection::operator=(ServerConnection&&) noexcept = default;

const std::string& ServerConnection::shown() const { return session_->address.shown; }

const std::optional<fs::path>& ServerConnection::data_directory() const {
  return session_->address.data_directory;
}

int ServerConnection::major() const {
  return PQserverVersion(session_->connection.get()) / kVersionsPerMajor;
}

void ServerConnection::require_open() {
  // Takes what has arrived without waiting; a server that ends a session says so.
  if (PQconsumeInput(session_->connection.get()) == 0 || !session_->is_open()) session_->fail_lost();
}

ServerConnection::Row ServerConnection::row(const char* statement, const std::vector<std::string>& parameters,
                                            const char* right) {
  const Result result = session_->execute(statement, parameters, right);
  if (PQntuples(result.get()) != 1) {
    throw Error(Errc::internal,
                fmt::format("{} returned {} rows for: {}", shown(), PQntuples(result.get()), statement));
  }
  Row row;
  for (int column = 0; column < PQnfields(result.get()); ++column) {
    if (PQgetisnull(result.get(), 0, column) != 0) {
      row.emplace_back();
    } else {
      row.emplace_back(std::string(PQgetvalue(result.get(), 0, column),
                                   static_cast<std::size_t>(PQgetlength(result.get(), 0, column))));
    }
  }
  return row;
}

namespace {

[[noreturn]] void throw_unexpected(const std::string& value) {
  throw Error(Errc::internal, fmt::format("the server sent '{}' where that cannot be", value));
}

}  // namespace

const std::string& text_of(const ServerConnection::Row& row, std::size_t column) {
  if (column >= row.size() || !row[column]) throw_unexpected("null");
  return *row[column];
}

Lsn lsn_of(const ServerConnection::Row& row, std::size_t column) {
  const std::string& text = text_of(row, column);
  const auto lsn = try_parse_lsn(text, LsnNotation::hex_pair);
  if (!lsn) throw_unexpected(text);
  return *lsn;
}

bool bool_of(const ServerConnection::Row& row, std::size_t column) {
  const std::string& text = text_of(row, column);
  if (text != "t" && text != "f") throw_unexpected(text);
  return text == "t";
}

std::int64_t number_of(const ServerConnection::Row& row, std::size_t column) {
  const std::string& text = text_of(row, column);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) throw_unexpected(text);
  return number;
}

}  // namespace pitr::postgresql
