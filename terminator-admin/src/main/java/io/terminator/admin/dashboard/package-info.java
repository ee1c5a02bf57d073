/**
 * The dashboard at {@code /}: a view of the API's resources for operators, without external files.
 */
@NullMarked
package io.terminator.admin.dashboard;

import org.jspecify.annotations.NullMarked;
