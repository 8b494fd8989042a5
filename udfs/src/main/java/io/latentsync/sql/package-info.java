/** The functions of Spark SQL. The only package of this module that uses Spark. */
package io.latentsync.sql;
