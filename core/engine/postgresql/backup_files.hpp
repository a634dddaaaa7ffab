#pragma once

#include "base/file.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pitr::postgresql {

// All paths are relative to the data directory, with '/' between their parts; what is in a tablespace is
// pg_tblspc/OID/...

struct BackupDirectory {
  std::string path;
  std::uint32_t mode = 0;  // permission bits
};

struct BackupFile {
  std::string path;
  std::uint64_t size = 0;  // when it was listed
  bool has_pages = false;  // of a relation
};

struct TablespaceLink {
  std::uint32_t oid = 0;
  std::string location;  // where pg_tblspc/OID leads to
};

// What a base backup of a data directory consists of.
struct BackupFiles {
  std::uint32_t mode = 0;  // of the data directory
  // Each after the one it is in. Those that a server fills anew are there, without what is in them.
  // pg_tblspc/OID is the directory the link leads to.
  std::vector<BackupDirectory> directories;
  std::vector<BackupFile> files;  // all but global/pg_control
  std::vector<TablespaceLink> tablespaces;
  // What is not stored as it is found, for people: links, which are followed, and what is neither file nor
  // directory.
  std::vector<std::string> remarks;
  [[nodiscard]] std::uint64_t size() const;  // bytes of all files
};

// Lists a data directory, also while a server works in it. catalogue_folder: what a tablespace's folder is
// called, "PG_15_202209061"; others in it are of other servers.
//
// Left out is what PostgreSQL's manual says a backup shall not have: the log, what a server makes anew when
// it starts, temporary files and relations, and the content of unlogged relations. A link other than pg_wal
// and those in pg_tblspc is stored as what it leads to: PostgreSQL's own tools leave it out without a word,
// and the restored directory would lack it.
//
// Throws a usage error for a name that is not UTF-8, and for a link that leads back to where it is.
BackupFiles list_backup_files(const fs::path& data_directory, const std::string& catalogue_folder);

}  // namespace pitr::postgresql
