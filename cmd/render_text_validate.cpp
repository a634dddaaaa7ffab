#include "cmd/human.hpp"
#include "cmd/render_text.hpp"
#include "cmd/table.hpp"
#include "cmd/words.hpp"

#include <fmt/format.h>

namespace pitr::cmd {

namespace {

std::string findings_text(const ValidateReport& report) {
  Table table({{"code"}, {"object"}, {"finding"}});
  for (const Finding& finding : report.findings) {
    table.add({std::string(code_name(finding.code)), finding.object.empty() ? "-" : finding.object,
               finding.message});
  }
  return table.empty() ? std::string() : table.text();
}

std::string source_text(const SourceComparison& source) {
  std::string out = "source " + printable(source.source) + ": ";
  if (source.commits_not_archived) {
    out += counted(*source.commits_not_archived, "commit") + " not archived";
    return source.message.empty() ? out + "\n" : out + ", " + printable(source.message) + "\n";
  }
  return out + (source.message.empty() ? "cannot tell what is not archived" : printable(source.message)) +
         "\n";
}

}  // namespace

std::string render_text(const ValidateReport& report, const TextStyle& style) {
  std::string out = findings_text(report);
  if (report.source) out += source_text(*report.source);
  for (const std::string& remark : report.remarks) out += "warning: " + printable(remark) + "\n";
  if (style.verbose) {
    for (const std::string& note : report.notes) out += "note: " + printable(note) + "\n";
  }
  out += report.healthy() ? "healthy" : "not healthy, " + counted(report.findings.size(), "finding");
  return out + fmt::format(": {}, {}, {}; checked {} ({} read) to the level of {} in {}\n",
                           counted(report.segments, "segment"), counted(report.snapshots, "snapshot"),
                           counted(report.windows, "window"), counted(report.objects, "object"),
                           human_size(report.bytes_read), level_name(report.level),
                           describe_duration(report.duration));
}

}  // namespace pitr::cmd
