/** JSON documents of the state directory, read and written without a library of their own. */
@NullMarked
package io.terminator.admin.json;

import org.jspecify.annotations.NullMarked;
