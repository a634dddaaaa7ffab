#pragma once

#include "model/catalogue.hpp"
#include "repo/repository.hpp"
#include "run/validate.hpp"

#include <optional>

namespace pitr {

// Holds a live database against what is archived of it; changes neither. Fills `comparison`, and returns a
// finding when the database is not the one archived.
std::optional<Finding> compare_with_source(const Context& context, const Repository& repository,
                                           Catalogue& catalogue, const fs::path& source,
                                           SourceComparison& comparison);

}  // namespace pitr
