#pragma once

#include "model/catalogue.hpp"
#include "run/planning.hpp"
#include "run/validate.hpp"

#include <vector>

namespace pitr {

// Holds a live database against what is archived of it; changes neither. Fills `comparison`, and returns what
// is wrong: it is not the database archived, or its log is damaged.
std::vector<Finding> compare_with_source(const Context& context, const ArchivedDatabase& database,
                                         Catalogue& catalogue, const fs::path& source,
                                         SourceComparison& comparison);

}  // namespace pitr
