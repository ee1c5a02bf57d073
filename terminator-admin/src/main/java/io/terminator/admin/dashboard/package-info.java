/** The page at {@code /}: an operator's view of the API's resources, without a file from elsewhere. */
@NullMarked
package io.terminator.admin.dashboard;

import org.jspecify.annotations.NullMarked;
