/** The Spark job: plan, analyse, synthesise, stitch. */
package io.latentsync.job;
