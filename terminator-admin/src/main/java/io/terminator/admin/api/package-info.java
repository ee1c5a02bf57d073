/** The resources of the admin API: what an operator can see and change, as JSON. */
@NullMarked
package io.terminator.admin.api;

import org.jspecify.annotations.NullMarked;
