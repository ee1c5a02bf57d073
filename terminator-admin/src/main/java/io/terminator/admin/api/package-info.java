/** The resources of the admin API: what an operator sees and changes, as JSON. */
@NullMarked
package io.terminator.admin.api;

import org.jspecify.annotations.NullMarked;
