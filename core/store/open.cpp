#include "base/error.hpp"
#include "store/local_store.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include <boost/filesystem/operations.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

namespace pitr {
namespace {

constexpr mode_t kRootMode = 0750;

bool is_scheme_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
         c == '.';
}

// "s3" of "s3://..."; empty for a path.
std::string scheme_of(std::string_view url) {
  const std::size_t end = url.find("://");
  if (end == std::string_view::npos || end == 0) return {};
  const std::string_view scheme = url.substr(0, end);
  return std::all_of(scheme.begin(), scheme.end(), is_scheme_character) ? std::string(scheme) : std::string();
}

[[noreturn]] void refuse_file_url(const std::string& url) {
  throw Error(Errc::usage, fmt::format("not a URL of a local directory: \"{}\"", url),
              "write the path alone, or file:///the/absolute/path");
}

std::string percent_decoded(std::string_view text, const std::string& url) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3) refuse_file_url(url);
    const auto value_of = [](char c) {
      return kDigits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
    };
    const std::size_t high = value_of(text[i + 1]);
    const std::size_t low = value_of(text[i + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) refuse_file_url(url);
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

fs::path path_of_file_url(const std::string& url) {
  std::string_view rest = std::string_view(url).substr(std::string_view("file://").size());
  const std::string_view localhost = "localhost/";
  if (rest.starts_with(localhost)) rest.remove_prefix(localhost.size() - 1);
  if (rest.empty() || rest.front() != '/') refuse_file_url(url);
  return percent_decoded(rest, url);
}

fs::path path_of(const std::string& url) {
  const std::string scheme = scheme_of(url);
  if (!scheme.empty() && scheme != "file") {
    throw Error(Errc::usage, fmt::format("this build has no store for {}://", scheme),
                "use a local path or file:// for the repository");
  }
  fs::path path = scheme.empty() ? fs::path(url) : path_of_file_url(url);
  if (path.empty() || path.native().find('\0') != std::string::npos) {
    throw Error(Errc::usage, "the repository has no location", "give one: --repo URL, or PITRCTL_REPO");
  }
  return fs::absolute(path);
}

enum class Root { absent, directory, other };

Root look_at_root(const fs::path& root) {
  struct stat status {};
  if (::stat(root.c_str(), &status) == 0) return S_ISDIR(status.st_mode) ? Root::directory : Root::other;
  if (errno == ENOENT) return Root::absent;
  if (errno == ENOTDIR) return Root::other;
  throw_errno("open", root.native());
}

}  // namespace

std::unique_ptr<Store> open_store(const std::string& url, bool create) {
  const fs::path root = path_of(url);
  const Root found = look_at_root(root);
  if (found == Root::other) {
    throw Error(Errc::usage, fmt::format("{} is not a directory", root.native()),
                "give the directory of the repository, or one to be made for it");
  }
  if (found == Root::absent && !create) {
    throw Error(Errc::not_found,
                fmt::format("there is no repository at {}: no such directory", root.native()),
                "check the path and that its file system is mounted; `pitrctl init` creates a repository");
  }
  if (create) create_directories_durably(root, kRootMode);
  return std::make_unique<LocalStore>(root, url);
}

}  // namespace pitr
